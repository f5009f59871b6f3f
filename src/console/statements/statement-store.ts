import type { Grant } from '../../authorizations/grant.ts';
import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';

/** A grant, standing or revoked, with its app, which may be deleted. */
export type StatedGrant = Grant & {
  readonly friendly_name: string;
  readonly company_name: string;
};

/** The apps that an account has ever authorised, newest first. */
export function listStatedGrants(
  db: Db,
  account_sid: string,
  page: PageRequest,
): Promise<Page<StatedGrant>> {
  return fetchPage(statedGrants(db, account_sid), page);
}

export function fetchStatedGrant(
  db: Db,
  account_sid: string,
  connect_app_sid: string,
): Promise<StatedGrant | undefined> {
  return statedGrants(db, account_sid)
    .where('connect_app_sid', '=', connect_app_sid)
    .executeTakeFirst();
}

function statedGrants(db: Db, account_sid: string) {
  return db
    .selectFrom(
      db
        .selectFrom('grants as grant')
        .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
        .where('grant.account_sid', '=', account_sid)
        .selectAll('grant')
        .select(['app.friendly_name', 'app.company_name'])
        .as('grants'),
    )
    .selectAll();
}

/** The ends of a message or a call. */
export interface Ends {
  readonly sid: string;
  readonly from: string | null;
  readonly to: string;
  readonly status: string;
}

/** The ends of some messages and calls of an account, by SID. */
export async function fetchEnds(
  db: Db,
  account_sid: string,
  sids: readonly string[],
): Promise<ReadonlyMap<string, Ends>> {
  const of = (...prefixes: string[]) => sids.filter((sid) => prefixes.includes(sid.slice(0, 2)));
  const read = async (table: 'messages' | 'calls', some: readonly string[]): Promise<Ends[]> => {
    if (some.length === 0) return [];
    return db
      .selectFrom(table)
      .select(['sid', 'from', 'to', 'status'])
      .where('account_sid', '=', account_sid)
      .where('sid', 'in', some)
      .execute();
  };
  const found = await Promise.all([read('messages', of('SM', 'MM')), read('calls', of('CA'))]);
  return new Map(found.flat().map((ends) => [ends.sid, ends]));
}
