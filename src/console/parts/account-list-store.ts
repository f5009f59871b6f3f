import { type SqlBool, sql } from 'kysely';
import type { Account } from '../../accounts/account.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest, searchPage } from '../../db/keyset.ts';

/** Reads lists and names of accounts, apps and people for the console. */

/** The subaccounts of a main account, closed ones too, newest first. */
export function listSubaccounts(
  db: Db,
  owner_account_sid: string,
  page: PageRequest,
): Promise<Page<Account>> {
  const query = db
    .selectFrom('accounts')
    .selectAll()
    .where('owner_account_sid', '=', owner_account_sid)
    .where('sid', '!=', owner_account_sid);
  return fetchPage(query, page);
}

/**
 * The accounts whose name holds the text or whose SID is the text, newest first. An empty text
 * finds all accounts. Only operators may see them.
 */
export async function searchAccounts(
  db: Db,
  text: string,
  page: PageRequest,
): Promise<Page<Account>> {
  const all = db.selectFrom('accounts').selectAll();
  if (text === '') return fetchPage(all, page);
  const named = await db
    .selectFrom('accounts')
    .select(['sid', 'owner_account_sid'])
    .where('sid', '=', text)
    .executeTakeFirst();
  if (named) {
    const isMain = named.sid === named.owner_account_sid;
    return fetchPage(all.where(isMain ? 'owner_account_sid' : 'sid', '=', text), page);
  }
  const pattern = `%${text.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  // SQLite ignores case for ASCII letters only, and PostgreSQL's like for no letters.
  const named_so = sql<SqlBool>`(friendly_name like ${pattern} escape '\\'
    or lower(friendly_name) like ${pattern.toLowerCase()} escape '\\')`;
  return searchPage(all, [named_so], page);
}

/** The app that a subaccount was made for, and whether it may still act in it. */
export interface AppOfSubaccount {
  readonly subaccount_sid: string;
  readonly connect_app_sid: string;
  readonly friendly_name: string;
  readonly date_revoked: number | null;
}

/** The apps that some subaccounts were made for; one made by the account itself has none. */
export async function fetchAppsOfSubaccounts(
  db: Db,
  subaccount_sids: readonly string[],
): Promise<ReadonlyMap<string, AppOfSubaccount>> {
  if (subaccount_sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('grants as grant')
    .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
    .where('grant.subaccount_sid', 'in', subaccount_sids)
    .select([
      'grant.subaccount_sid',
      'grant.connect_app_sid',
      'grant.date_revoked',
      'app.friendly_name',
    ])
    .execute();
  return new Map(rows.map((row) => [row.subaccount_sid, row]));
}

/** Some Connect apps of any accounts, by their SIDs. */
export async function findConnectApps(
  db: Db,
  sids: readonly string[],
): Promise<ReadonlyMap<string, ConnectApp>> {
  if (sids.length === 0) return new Map();
  const rows = await db.selectFrom('connect_apps').selectAll().where('sid', 'in', sids).execute();
  return new Map(rows.map((row) => [row.sid, row]));
}

/** The names of people, apps, keys and accounts, by their SIDs. */
export async function fetchNames(
  db: Db,
  sids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  const of = (prefix: string) => sids.filter((sid) => sid.startsWith(prefix));
  const named = (table: 'connect_apps' | 'api_keys' | 'accounts', some: readonly string[]) =>
    some.length === 0
      ? []
      : db
          .selectFrom(table)
          .select(['sid', 'friendly_name as name'])
          .where('sid', 'in', some)
          .execute();
  const people = of('PE');
  const found = await Promise.all([
    people.length === 0
      ? []
      : db.selectFrom('people').select(['sid', 'name']).where('sid', 'in', people).execute(),
    named('connect_apps', of('CN')),
    named('api_keys', of('SK')),
    named('accounts', of('AC')),
  ]);
  return new Map(found.flat().flatMap(({ sid, name }) => (name === null ? [] : [[sid, name]])));
}
