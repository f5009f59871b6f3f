import { type SqlBool, sql } from 'kysely';
import type { Db } from '../../db/database.ts';
import type { Delivery } from '../../webhooks/webhook.ts';

/** Reads the webhooks that did not arrive. */

/** The words of the indexes of failed deliveries, which SQLite compares. */
const UNDELIVERED = sql<SqlBool>`(state = 'dead' or (date_next is not null and (tries > 1 or (tries = 1 and state = 'pending'))))`;

/**
 * The newest webhooks to the account's own servers that failed and are tried again, or that were
 * given up. Webhooks to the servers of apps are the business of the apps' owners.
 */
export function listUndeliveredOfTree(
  db: Db,
  root_sid: string,
  limit: number,
): Promise<Delivery[]> {
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('root_sid', '=', root_sid)
    .where('connect_app_sid', 'is', null)
    .where(UNDELIVERED)
    .orderBy('sid', 'desc')
    .limit(limit)
    .execute();
}

/** Webhooks to the servers of some apps that failed, revokes among them. */
export async function listUndeliveredOfApps(
  db: Db,
  connect_app_sids: readonly string[],
  limit: number,
): Promise<Delivery[]> {
  if (connect_app_sids.length === 0) return [];
  return db
    .selectFrom('deliveries')
    .selectAll()
    .where('connect_app_sid', 'in', connect_app_sids)
    .where('connect_app_sid', 'is not', null)
    .where(UNDELIVERED)
    .limit(limit)
    .execute();
}
