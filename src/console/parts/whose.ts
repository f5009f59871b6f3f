import type { Db } from '../../db/database.ts';
import { type Doer, fetchAccountNames, fetchDoers } from './doer-store.ts';
import { namedSubaccounts } from './usage-accounts.ts';

/** The makers of some things, and the accounts that hold them. */
export interface Whose {
  /** The apps, by their grants' SIDs. */
  readonly doers: ReadonlyMap<string, Doer>;
  /** The name of each account, as its customer knows it, by SID. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** A thing in an account, with its maker. */
export interface Made {
  readonly account_sid: string;
  readonly created_by_grant: string | null;
}

/** @param grants further grants whose apps the page names */
export async function readWhose(
  db: Db,
  things: readonly Made[],
  grants: readonly (string | null)[] = [],
): Promise<Whose> {
  const by = things.map(({ created_by_grant }) => created_by_grant);
  const sids = things.map(({ account_sid }) => account_sid);
  const [doers, accounts] = await Promise.all([
    fetchDoers(db, [...by, ...grants]),
    fetchAccountNames(db, sids),
  ]);
  const named = await namedSubaccounts(db, accounts);
  return { doers, accounts: new Map(named.map(({ sid, name }) => [sid, name])) };
}

/** The name of an app. It says so when the app's grant has ended. */
export function nameOfDoer({ doers }: Pick<Whose, 'doers'>, grant_sid: string): string {
  const doer = doers.get(grant_sid);
  if (!doer) return 'an app';
  return doer.date_revoked === null ? doer.friendly_name : `${doer.friendly_name} (revoked)`;
}

/** Whether a thing came in from outside, so that no account here made it. */
export interface Origin {
  readonly is_from_outside: boolean;
}

/** The name of the maker of a thing. */
export function nameOfMaker(whose: Whose, { created_by_grant }: Made, { is_from_outside }: Origin) {
  if (created_by_grant !== null) return nameOfDoer(whose, created_by_grant);
  return is_from_outside ? 'someone outside' : 'you';
}
