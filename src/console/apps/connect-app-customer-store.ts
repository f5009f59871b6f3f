import { type SqlBool, sql } from 'kysely';
import type { Grant } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest, searchPage } from '../../db/keyset.ts';
import { listAttempts } from '../../webhooks/delivery-store.ts';
import type { Attempt, Delivery } from '../../webhooks/webhook.ts';

/** Reads customers and callbacks of an app for the pages of its owner. */

/** The number of customers that each app has at present. An app without customers has no row. */
export async function countCustomers(
  db: Db,
  connect_app_sids: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  if (connect_app_sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('grants')
    .select(({ fn }) => ['connect_app_sid', fn.countAll<number>().as('count')])
    .where('connect_app_sid', 'in', connect_app_sids)
    .where('date_revoked', 'is', null)
    .groupBy('connect_app_sid')
    .execute();
  return new Map(rows.map(({ connect_app_sid, count }) => [connect_app_sid, count]));
}

/** The sets of permissions granted to an app, as stored, with the number of customers of each. */
export async function countGrantedSets(
  db: Db,
  connect_app_sid: string,
): Promise<{ readonly permissions: string; readonly count: number }[]> {
  return db
    .selectFrom('grants')
    .select(({ fn }) => ['permissions', fn.countAll<number>().as('count')])
    .where('connect_app_sid', '=', connect_app_sid)
    .where('date_revoked', 'is', null)
    .groupBy('permissions')
    .execute();
}

export interface CustomerFilter {
  readonly revoked: boolean;
  /** The values of the permissions column to search for; absent: any. */
  readonly granted?: readonly string[];
}

/** The grants of an app, newest first. */
export function listCustomers(
  db: Db,
  connect_app_sid: string,
  { revoked, granted }: CustomerFilter,
  page: PageRequest,
): Promise<Page<Grant>> {
  const query = db
    .selectFrom('grants')
    .selectAll()
    .where('connect_app_sid', '=', connect_app_sid)
    .where('date_revoked', revoked ? 'is not' : 'is', null);
  if (granted === undefined) return fetchPage(query, page);
  // SQL does not allow an empty list. No row holds an empty text.
  const sets = granted.length > 0 ? granted : [''];
  return searchPage(query, [sql<SqlBool>`permissions in (${sql.join(sets)})`], page);
}

/** The words of the index of such callbacks, which SQLite compares. */
const UNACKNOWLEDGED = sql<SqlBool>`kind = 'deauthorize' and state <> 'delivered'`;

/** A deauthorize callback, and the newest of its attempts. */
export interface Callback extends Delivery {
  readonly last: Attempt | undefined;
}

/** The callbacks of an app that its server has not acknowledged, newest first. */
export async function listOpenCallbacks(
  db: Db,
  connect_app_sid: string,
  page: PageRequest,
): Promise<Page<Callback>> {
  const query = db
    .selectFrom('deliveries')
    .selectAll()
    .where('connect_app_sid', '=', connect_app_sid)
    .where(UNACKNOWLEDGED);
  const found = await fetchPage(query, page);
  const sids = found.rows.map(({ sid }) => sid);
  // Of the attempts of one delivery, the map keeps the last.
  const last = new Map((await listAttempts(db, sids)).map((one) => [one.delivery_sid, one]));
  return { ...found, rows: found.rows.map((row) => ({ ...row, last: last.get(row.sid) })) };
}

/** An app of this account. A deleted app counts, as its last callbacks go out after its end. */
export async function fetchOwnApp(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<ConnectApp | undefined> {
  return db
    .selectFrom('connect_apps')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/** The deleted apps of an account that have callbacks without an acknowledgement. */
export async function listDeletedAppsWithOpenCallbacks(
  db: Db,
  account_sid: string,
  limit: number,
): Promise<ConnectApp[]> {
  return db
    .selectFrom('connect_apps as app')
    .selectAll('app')
    .where('app.account_sid', '=', account_sid)
    .where('app.date_deleted', 'is not', null)
    .where((eb) =>
      eb.exists(
        eb
          .selectFrom('deliveries as delivery')
          .select('delivery.sid')
          .whereRef('delivery.connect_app_sid', '=', 'app.sid')
          .where(UNACKNOWLEDGED),
      ),
    )
    .orderBy('app.date_deleted', 'desc')
    .orderBy('app.sid')
    .limit(limit)
    .execute();
}
