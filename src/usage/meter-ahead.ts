import { counterName } from '../access/spent-later.ts';
import { fetchActingAccounts } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { Ahead, AheadWork, Tx } from '../db/database.ts';
import { type DeedScope, scopeOf } from '../db/deed-scope.ts';
import { holdAccounts, holdFreeAccounts } from '../db/hold-accounts.ts';
import { AloneError } from '../db/run-deeds.ts';
import type { LaterWrite } from '../db/statement.ts';
import { openArmedCounters } from './arm-triggers.ts';
import { foldEvents, type UsageEvent } from './usage-event.ts';
import { fetchKnownEvents, insertNewEvents } from './usage-ledger-store.ts';
import { addAndFindLarge, fetchArmedCounters, knowCounters, LARGE } from './usage-store.ts';
import { fetchWatchedAccounts } from './usage-trigger-store.ts';

/** An event that a deed will meter. */
type MeterNeed = Pick<UsageEvent, 'account_sid' | 'category' | 'at' | 'key'>;

/** The facts of an account that never change. */
type MeteredAccount = Awaited<ReturnType<typeof fetchActingAccounts>>[number];

/** The accounts that were read ahead, by SID. Metering uses only their facts that never change. */
const ACCOUNTS = Symbol('accounts of usage');
/** The digest of each event that was looked for; null for an event that the ledger does not have. */
const DIGESTS = Symbol('digests');

const accountsOf = (scope: DeedScope) =>
  scope.kept(ACCOUNTS, () => new Map<string, MeteredAccount>(), 'accounts');
const digestsOf = (scope: DeedScope) =>
  scope.kept(DIGESTS, () => new Map<string, string | null>(), 'usage_events');

/** Accounts whose usage nothing watches, and that are held. */
const FREE = Symbol('accounts without triggers');
/** The most that the waiting usage adds to any counter. */
const ADDED = Symbol('usage without triggers');

const freeOf = (scope: DeedScope) => scope.kept(FREE, () => new Set<string>(), 'usage_triggers');

/**
 * Prepares the metering of many deeds: it locks the main accounts, and reads the accounts, the
 * accounts with triggers, the rates and the digests of repeated events, each with one statement.
 * The deeds then add up in memory, and their rows go out together at the commit. Counters are read
 * only where triggers watch them. Nobody else moves the rows of a main account that is held, or
 * makes triggers there, so the values stay true.
 */
const METER_AHEAD: AheadWork<MeterNeed> = {
  async run(tx, first, others) {
    const scope = scopeOf(tx);
    if (!scope) return;
    const needs = [...first, ...others];
    const sids = new Set(needs.map(({ account_sid }) => account_sid));
    const read = await fetchActingAccounts(tx, [...sids]);
    const roots = new Map(read.map(({ sid, owner_account_sid }) => [sid, owner_account_sid]));
    const [, held] = await Promise.all([
      holdAccounts(tx, 'postgres', rootsOf(first, roots)),
      holdFreeAccounts(tx, rootsOf(others, roots)),
    ]);
    const names = needs.flatMap((need) => {
      const root_sid = roots.get(need.account_sid);
      return root_sid !== undefined && held.has(root_sid) ? [{ ...need, root_sid }] : [];
    });
    if (names.length === 0) return;
    const [events] = await Promise.all([fetchKnownEvents(tx, names), knowUsage(tx, names)]);
    for (const account of read) accountsOf(scope).set(account.sid, account);
    const digests = digestsOf(scope);
    for (const name of names) digests.set(nameOf(name), null);
    for (const event of events) digests.set(nameOf(event), event.digest);
  },
};

/** Usage that a deed will meter: an event without its key and its amounts. */
export type FutureUsage = Omit<MeterNeed, 'key'> & Pick<UsageEvent, 'root_sid'>;

/**
 * Lets deeds count usage in memory. It looks for the accounts with triggers, and reads the counters
 * of these. The main accounts must be held.
 */
export async function knowUsage(tx: Tx, usage: readonly FutureUsage[]): Promise<void> {
  const scope = scopeOf(tx);
  if (!scope) return;
  const involved = new Set(usage.flatMap(({ root_sid, account_sid }) => [root_sid, account_sid]));
  const watched = await fetchWatchedAccounts(tx, involved);
  await readCounters(
    tx,
    usage.filter((name) => watched.has(name.account_sid) || watched.has(name.root_sid)),
  );
  const free = freeOf(scope);
  for (const sid of involved) if (!watched.has(sid)) free.add(sid);
}

/** Reads the counters that this usage will move, and makes the missing ones. */
async function readCounters(tx: Tx, names: readonly FutureUsage[]): Promise<void> {
  if (names.length === 0) return;
  const one = { count: 1, usage_micro: 1, price_micro: 1 };
  const keys = foldEvents(names.map((name) => ({ ...name, ...one })));
  const counters = await fetchArmedCounters(tx, keys);
  const present = new Set(counters.map(counterName));
  const absent = keys.filter((key) => !present.has(counterName(key)));
  const opened = await openArmedCounters(tx, absent);
  knowCounters(tx, [...counters, ...opened]);
}

/** Usage of accounts without triggers. It is folded and counted once for all deeds. */
const UNWATCHED: LaterWrite<UsageEvent> = {
  tables: ['usage_counters'],
  async write(tx, events) {
    const large = await addAndFindLarge(tx, foldEvents(events));
    if (large.length > 0) throw new AloneError('A counter is large.');
  },
};

/**
 * Counts events at the commit if nothing watches them: no trigger, and no limit of a Connect app.
 * @returns whether it does
 */
export function countedUnwatched({ tx, actor }: Act, events: readonly UsageEvent[]): boolean {
  const scope = scopeOf(tx);
  if (!scope || actor.kind === 'connect_app') return false;
  const free = freeOf(scope);
  for (const { root_sid, account_sid } of events) {
    if (!free.has(root_sid) || !free.has(account_sid)) return false;
  }
  const added = scope.kept(ADDED, () => ({ most: 0 }));
  for (const { count, usage_micro, price_micro } of events) {
    added.most += Math.max(count, usage_micro, Math.abs(price_micro));
  }
  if (added.most > LARGE) return false;
  scope.later(UNWATCHED, events);
  return true;
}

/** Names the rows that the metering of these events will need. */
export function aheadOfUsage(
  told: readonly (Omit<MeterNeed, 'at'> & { readonly at?: number | undefined })[],
  now: number,
): Ahead {
  const needs = told.map(({ account_sid, category, key, at = now }): MeterNeed => {
    return { account_sid, category, key, at };
  });
  return { work: METER_AHEAD, needs };
}

function rootsOf(needs: readonly MeterNeed[], roots: ReadonlyMap<string, string>): Set<string> {
  return new Set(
    needs.map(({ account_sid }) => roots.get(account_sid)).filter((sid) => sid !== undefined),
  );
}

/** The accounts among these SIDs that exist. */
export function fetchMeteredAccounts(tx: Tx, sids: readonly string[]): Promise<MeteredAccount[]> {
  const scope = scopeOf(tx);
  if (!scope) return fetchActingAccounts(tx, sids);
  const known = accountsOf(scope);
  const found = sids.map((sid) => known.get(sid)).filter((account) => account !== undefined);
  if (found.length === sids.length) return Promise.resolve(found);
  return fetchActingAccounts(tx, sids);
}

/**
 * Tells apart new events and repeats without a query, if all of them were looked for ahead.
 * @returns the digest of each event that the ledger has, by name; null if some are not known
 */
export function knownDigests(tx: Tx, events: readonly UsageEvent[]): Map<string, string> | null {
  const scope = scopeOf(tx);
  if (!scope) return null;
  const digests = digestsOf(scope);
  const found = new Map<string, string>();
  for (const event of events) {
    const name = nameOf(event);
    const digest = digests.get(name);
    if (digest === undefined) return null;
    if (digest !== null) found.set(name, digest);
  }
  return found;
}

/** Writes events into the ledger that `knownDigests` has found to be new. */
export async function insertUnknown(tx: Tx, events: readonly UsageEvent[]): Promise<void> {
  const scope = scopeOf(tx);
  if (scope) {
    const digests = digestsOf(scope);
    for (const event of events) digests.set(nameOf(event), event.digest);
    scope.onUndo(() => {
      for (const event of events) digests.set(nameOf(event), null);
    });
  }
  await insertNewEvents(tx, events);
}

/** The name of an event among those of all accounts. */
export function nameOf({ account_sid, key }: Pick<UsageEvent, 'account_sid' | 'key'>): string {
  return `${account_sid} ${key}`;
}
