import type { Db } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';

/** The number of deliveries that any process has claimed since then and is still sending. */
export async function countUnderWay(db: Db, since: EpochMs): Promise<number> {
  const { count } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'leased')
    .where('date_next', 'is not', null)
    .where('date_updated', '>=', since)
    .executeTakeFirstOrThrow();
  return count;
}

/** The number of deliveries that have arrived since then, and of all that are still to be sent. */
export async function countSettled(
  db: Db,
  since: EpochMs,
): Promise<{ delivered: number; pending: number }> {
  const { count: delivered } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('state', '=', 'delivered')
    .where('date_next', 'is', null)
    .where('date_updated', '>=', since)
    .executeTakeFirstOrThrow();
  const { count: pending } = await db
    .selectFrom('deliveries')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('date_next', 'is not', null)
    .executeTakeFirstOrThrow();
  return { delivered, pending };
}
