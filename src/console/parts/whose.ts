import type { Db } from '../../db/database.ts';
import { type Doer, fetchAccountNames, fetchDoers } from './doer-store.ts';
import { namedSubaccounts } from './usage-accounts.ts';

/** Whose doing some things were, and in which accounts they are. */
export interface Whose {
  /** By their grants' SIDs. */
  readonly doers: ReadonlyMap<string, Doer>;
  /** What the customer knows each account as, by SID. */
  readonly accounts: ReadonlyMap<string, string>;
}

/** A thing that somebody made in an account. */
export interface Made {
  readonly account_sid: string;
  readonly created_by_grant: string | null;
}

/** @param grants further ones whose apps are to be named */
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

/** What an app is called that did something; one whose grant has ended is told by that. */
export function nameOfDoer({ doers }: Pick<Whose, 'doers'>, grant_sid: string): string {
  const doer = doers.get(grant_sid);
  if (!doer) return 'an app';
  return doer.date_revoked === null ? doer.friendly_name : `${doer.friendly_name} (revoked)`;
}

/** Whether a thing came in from outside, where nobody here made it. */
export interface Origin {
  readonly isFromOutside: boolean;
}

/** Whose doing a thing was. */
export function nameOfMaker(whose: Whose, { created_by_grant }: Made, { isFromOutside }: Origin) {
  if (created_by_grant !== null) return nameOfDoer(whose, created_by_grant);
  return isFromOutside ? 'someone outside' : 'you';
}
