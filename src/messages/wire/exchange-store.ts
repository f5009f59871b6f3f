import type { Db } from '../../db/database.ts';
import { rare, unindexed } from '../../db/keyset.ts';
import type { EpochMs } from '../../kit/utc.ts';
import type { Message } from '../message.ts';

/** The ends of messages in one direction. */
type Ends = Pick<Message, 'account_sid' | 'to'> & { readonly from: string };

/** When the last outgoing messages between two ends were made, the latest first. */
export async function listTimesOut(
  db: Db,
  { account_sid, to, from }: Ends,
  { since, limit }: { readonly since: EpochMs; readonly limit: number },
): Promise<EpochMs[]> {
  const rows = await db
    .selectFrom('messages')
    .select('date_created')
    .where('account_sid', '=', account_sid)
    .where(rare(db, 'to', to))
    .where(unindexed('from'), '=', from)
    .where('direction', '!=', 'inbound')
    .where('date_created', '>=', since)
    .orderBy('date_created', 'desc')
    .limit(limit)
    .execute();
  return rows.map(({ date_created }) => date_created);
}

/** Counts the messages that came in between two ends since a time. */
export async function countIn(
  db: Db,
  { account_sid, to, from }: Ends,
  since: EpochMs,
): Promise<number> {
  const { count } = await db
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_sid', '=', account_sid)
    .where(rare(db, 'from', from))
    .where(unindexed('to'), '=', to)
    .where('direction', '=', 'inbound')
    .where('date_created', '>=', since)
    .executeTakeFirstOrThrow();
  return count;
}
