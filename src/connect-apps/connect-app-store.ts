import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { ConnectApp } from './connect-app.ts';

export async function insertConnectApp(
  tx: Tx,
  app: Insertable<Tables['connect_apps']>,
): Promise<ConnectApp> {
  return tx.insertInto('connect_apps').values(app).returningAll().executeTakeFirstOrThrow();
}

export function listConnectApps(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<ConnectApp>> {
  const query = db
    .selectFrom('connect_apps')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('date_deleted', 'is', null);
  return fetchPage(query, page);
}

const selectConnectApp = prepared((db, of: { account_sid: string; sid: string }) =>
  db
    .selectFrom('connect_apps')
    .selectAll()
    .where('account_sid', '=', of.account_sid)
    .where('sid', '=', of.sid)
    .where('date_deleted', 'is', null),
);

/** An app of this account. */
export async function fetchConnectApp(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<ConnectApp | undefined> {
  return (await selectConnectApp(db, { account_sid, sid }))[0];
}

/** An app of any account, for the customers' pages and requests. */
export async function findConnectApp(db: Db, sid: string): Promise<ConnectApp | undefined> {
  return db
    .selectFrom('connect_apps')
    .selectAll()
    .where('sid', '=', sid)
    .where('date_deleted', 'is', null)
    .executeTakeFirst();
}

export function countConnectApps(tx: Tx, account_sid: string): Promise<number> {
  const rows = tx
    .selectFrom('connect_apps')
    .where('account_sid', '=', account_sid)
    .where('date_deleted', 'is', null);
  return countRows(rows);
}

type Changes = Omit<Updateable<Tables['connect_apps']>, 'sid' | 'account_sid'>;

const changeConnectApp = prepared(
  (db, { account_sid, sid, ...changes }: Changes & { account_sid: string; sid: string }) =>
    db
      .updateTable('connect_apps')
      .set(changes)
      .where('account_sid', '=', account_sid)
      .where('sid', '=', sid)
      .where('date_deleted', 'is', null)
      .returningAll(),
);

export async function updateConnectApp(
  tx: Tx,
  account_sid: string,
  sid: string,
  changes: Changes,
): Promise<ConnectApp | undefined> {
  return (await changeConnectApp(tx, { ...changes, account_sid, sid }))[0];
}
