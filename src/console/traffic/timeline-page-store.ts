import type { Db } from '../../db/database.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import type { Attempt, Delivery } from '../../webhooks/webhook.ts';

/** The state of a callback, with the fields that its customer may see. */
export interface CallbackState
  extends Pick<Delivery, 'sid' | 'state' | 'reason' | 'attempts' | 'date_next'> {
  readonly last: Attempt | undefined;
}

/** The callbacks of a timeline by their SIDs, without those that were pruned. */
export async function fetchCallbackStates(
  db: Db,
  account_sid: string,
  delivery_sids: readonly string[],
): Promise<ReadonlyMap<string, CallbackState>> {
  if (delivery_sids.length === 0) return new Map();
  const found = await db
    .selectFrom('deliveries')
    .select(['sid', 'state', 'reason', 'attempts', 'date_next'])
    .where('account_sid', '=', account_sid)
    .where('sid', 'in', delivery_sids)
    .execute();
  const sids = found.map(({ sid }) => sid);
  // Of the attempts of one delivery, the map keeps the last.
  const last = new Map((await listAttempts(db, sids)).map((one) => [one.delivery_sid, one]));
  return new Map(found.map((row) => [row.sid, { ...row, last: last.get(row.sid) }]));
}
