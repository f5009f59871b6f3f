import { type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Delivery } from './webhook.ts';

type Leasing = Pick<Delivery, 'lease' | 'leased_until' | 'date_next' | 'date_updated'>;

const leaseOnSqlite = prepared((db, { sids, ...changes }: Leasing & { sids: string }) =>
  leasing(db, changes)
    .where(sql<SqlBool>`sid in (select value from json_each(${sids}))`)
    .returningAll(),
);
const leaseOnPostgres = prepared((db, { sids, ...changes }: Leasing & { sids: string }) =>
  leasing(db, changes)
    .where(sql<SqlBool>`sid = any(array(select json_array_elements_text(cast(${sids} as json))))`)
    .returningAll(),
);

function leasing(db: Db, changes: Leasing) {
  return db.updateTable('deliveries').set((eb) => ({
    ...changes,
    state: 'leased',
    attempts: eb('attempts', '+', 1),
    tries: eb('tries', '+', 1),
  }));
}

/** Leases deliveries until `date_next`, and counts the coming attempt. */
export async function leaseDeliveries(
  tx: Tx,
  engine: Engine,
  sids: readonly string[],
  changes: Leasing,
): Promise<Delivery[]> {
  if (sids.length === 0) return [];
  const lease = engine === 'sqlite' ? leaseOnSqlite : leaseOnPostgres;
  return lease(tx, { sids: JSON.stringify(sids), ...changes });
}

/** Gives back leased deliveries that were not sent, as if they had not been leased. */
export async function releaseDeliveries(
  tx: Tx,
  leased: readonly Pick<Delivery, 'sid' | 'lease'>[],
  now: EpochMs,
): Promise<void> {
  for (const { sid, lease } of leased) {
    await tx
      .updateTable('deliveries')
      .set((eb) => ({
        state: 'pending',
        lease: null,
        date_next: now,
        date_updated: now,
        attempts: eb('attempts', '-', 1),
        tries: eb('tries', '-', 1),
      }))
      .where('sid', '=', sid)
      .where('lease', '=', lease)
      .execute();
  }
}
