import { type SqlBool, sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Delivery } from './webhook.ts';

/** The words of the indexes of failing deliveries, which SQLite compares. */
const FAILING = sql<SqlBool>`date_next is not null
  and (tries > 1 or (tries = 1 and state = 'pending'))`;

/** Deliveries that failed and will be tried again, the soonest first. */
export async function listFailing(
  db: Db,
  { account_sid }: { readonly account_sid?: string | undefined },
  limit: number,
): Promise<Delivery[]> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where(FAILING)
    .$if(account_sid !== undefined, (query) => query.where('account_sid', '=', account_sid ?? ''))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(limit)
    .execute();
}
