import type { Db } from '../../db/database.ts';

/** Reads the apps that did something, and the accounts of a customer in which they did. */

/** An app that acted through a grant. */
export interface Doer {
  readonly grant_sid: string;
  readonly connect_app_sid: string;
  readonly friendly_name: string;
  readonly date_revoked: number | null;
}

/** The apps behind some grants, by the grants' SIDs. */
export async function fetchDoers(
  db: Db,
  grant_sids: readonly (string | null)[],
): Promise<ReadonlyMap<string, Doer>> {
  const sids = [...new Set(grant_sids.filter((sid) => sid !== null))];
  if (sids.length === 0) return new Map();
  const rows = await db
    .selectFrom('grants as grant')
    .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
    .where('grant.sid', 'in', sids)
    .select([
      'grant.sid as grant_sid',
      'grant.connect_app_sid',
      'grant.date_revoked',
      'app.friendly_name',
    ])
    .execute();
  return new Map(rows.map((row) => [row.grant_sid, row]));
}

/** The part of a query that finds a main account and its subaccounts, closed ones too. */
export function treeOf(db: Db, owner_account_sid: string) {
  return db
    .selectFrom('accounts')
    .select('accounts.sid')
    .where('owner_account_sid', '=', owner_account_sid);
}

/** The SIDs of a main account and its subaccounts, closed ones too. */
export async function listTree(db: Db, owner_account_sid: string): Promise<string[]> {
  const rows = await treeOf(db, owner_account_sid).orderBy('sid').execute();
  return rows.map(({ sid }) => sid);
}

/** The names of some accounts. */
export async function fetchAccountNames(db: Db, sids: readonly string[]) {
  if (sids.length === 0) return [];
  return db
    .selectFrom('accounts')
    .select(['sid', 'friendly_name', 'status'])
    .where('sid', 'in', [...new Set(sids)])
    .execute();
}
