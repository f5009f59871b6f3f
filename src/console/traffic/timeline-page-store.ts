import type { Db } from '../../db/database.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import type { Attempt, Delivery } from '../../webhooks/webhook.ts';

/** What became of a callback: as much of it as its customer is shown. */
export interface CallbackState
  extends Pick<Delivery, 'sid' | 'state' | 'reason' | 'attempts' | 'date_next'> {
  readonly last: Attempt | undefined;
}

/** The callbacks of a timeline by their SIDs, as far as they are still kept. */
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
  // The later attempts of a delivery take the place of the earlier ones.
  const last = new Map((await listAttempts(db, sids)).map((one) => [one.delivery_sid, one]));
  return new Map(found.map((row) => [row.sid, { ...row, last: last.get(row.sid) }]));
}
