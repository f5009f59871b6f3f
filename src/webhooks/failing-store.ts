import type { Db } from '../db/database.ts';
import type { Delivery } from './webhook.ts';

/** Deliveries that failed and will be tried again, the soonest first. */
export async function listFailing(
  db: Db,
  { account_sid }: { readonly account_sid?: string | undefined },
  limit: number,
): Promise<Delivery[]> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('date_next', 'is not', null)
    .where((eb) =>
      eb.or([eb('tries', '>', 1), eb.and([eb('tries', '=', 1), eb('state', '=', 'pending')])]),
    )
    .$if(account_sid !== undefined, (query) => query.where('account_sid', '=', account_sid ?? ''))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(limit)
    .execute();
}
