import { type SqlBool, sql } from 'kysely';
import { addingTo, COUNTED, counterName, SPENT } from '../access/spent-later.ts';
import type { Db, Tx } from '../db/database.ts';
import { type DeedScope, scopeOf } from '../db/deed-scope.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { Day } from '../kit/day.ts';
import {
  type ArmedCounter,
  type CounterKey,
  MAX_SUM,
  type Sums,
  type UsageCounter,
  type UsageKey,
  type WholeUsage,
  wholeUsage,
} from './usage-event.ts';

const upsertCounters = preparedRows((db, rows: UsageCounter[]) =>
  addingTo(db, rows).returningAll(),
);

/** Adds to counters, in the given order. @returns the counters afterwards */
export function addToCounters(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  return upsertCounters(tx, deltas);
}

/** Two counters below this value have no sum above `MAX_SUM`. */
export const LARGE = MAX_SUM / 2;

/**
 * Names a counter that has reached a threshold or is large, and is null for all others. `isNoticed`
 * has the same rule.
 */
const NOTICED = sql<string | null>`case
  when usage_counters.count >= next_count
  or usage_counters.usage_micro >= next_usage or usage_counters.price_micro >= next_price
  or usage_counters.count > ${sql.lit(LARGE)} or usage_counters.usage_micro > ${sql.lit(LARGE)}
  or abs(usage_counters.price_micro) > ${sql.lit(LARGE)}
  then account_sid || ' ' || scope || ' ' || period || ' ' || start || ' ' || category end`;

function isNoticed(counter: ArmedCounter): boolean {
  const { count, usage_micro, price_micro, next_count, next_usage, next_price } = counter;
  if (count >= next_count || usage_micro >= next_usage || price_micro >= next_price) return true;
  return isLarge(counter);
}

/** Whether the usage of which this counter is a part may be too large. */
export function isLarge({ count, usage_micro, price_micro }: Sums): boolean {
  return Math.max(count, usage_micro, Math.abs(price_micro)) > LARGE;
}

const countUp = preparedRows((db, rows: UsageCounter[]) =>
  addingTo(db, rows).returning(NOTICED.as('name')),
);

const isLargeNow = sql<boolean>`usage_counters.count > ${sql.lit(LARGE)}
  or usage_counters.usage_micro > ${sql.lit(LARGE)}
  or abs(usage_counters.price_micro) > ${sql.lit(LARGE)}`;

/** Adds to counters on PostgreSQL. @returns a row for each counter that is large now */
export const addAndFindLarge = preparedRows((db, rows: UsageCounter[]) =>
  db
    .with('added', (inner) => addingTo(inner as Db, rows).returning(isLargeNow.as('is_large')))
    .selectFrom('added')
    .select('is_large')
    .where(sql<SqlBool>`is_large`),
);

const selectCounters = preparedRows((db, rows: CounterKey[]) => {
  const given = rows.map(
    ({ root_sid, account_sid, scope, period, start, category }) =>
      sql`(${root_sid}, ${account_sid}, ${scope}, ${period}, ${start}, ${category})`,
  );
  return db
    .selectFrom(sql<GivenKey>`(values ${sql.join(given)})`.as('given'))
    .innerJoin('usage_counters', (join) =>
      join
        .onRef('usage_counters.root_sid', '=', 'given.column1')
        .onRef('usage_counters.account_sid', '=', 'given.column2')
        .onRef('usage_counters.scope', '=', 'given.column3')
        .onRef('usage_counters.period', '=', 'given.column4')
        .onRef('usage_counters.start', '=', 'given.column5')
        .onRef('usage_counters.category', '=', 'given.column6'),
    )
    .selectAll('usage_counters');
});

interface GivenKey {
  readonly column1: string;
  readonly column2: string;
  readonly column3: CounterKey['scope'];
  readonly column4: CounterKey['period'];
  readonly column5: number;
  readonly column6: string;
}

/** The counters among these that have a row. */
export function fetchArmedCounters(tx: Tx, keys: readonly CounterKey[]): Promise<ArmedCounter[]> {
  return selectCounters(tx, keys);
}

/** Lets deeds add to these counters in memory. Their main accounts must be held. */
export function knowCounters(tx: Tx, counters: readonly ArmedCounter[]): void {
  const scope = scopeOf(tx);
  if (!scope) return;
  const known = knownTo(scope);
  for (const counter of counters) known.set(counterName(counter), counter);
}

/** The counters that this transaction has read, with all usage of its deeds. */
const KNOWN = Symbol('counters');

/**
 * Adds usage to counters. Their main accounts must be held, so no other transaction moves them.
 *
 * A deed that is followed by others of its account reads its counters back. The deeds after it only
 * add up in memory, and one statement writes their sums at the commit. A counter that reaches a
 * threshold, or becomes large, is written at once.
 * @returns these counters afterwards
 */
export async function countUsage(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  const scope = scopeOf(tx);
  if (!scope) return countNow(tx, deltas);
  if (countLater(scope, deltas)) return [];
  if (!scope.hasMore) return countNow(tx, deltas);
  const counters = await addToCounters(tx, deltas);
  const known = knownTo(scope);
  for (const counter of counters) known.set(counterName(counter), counter);
  scope.onUndo(() => known.clear());
  return counters.filter(isNoticed);
}

function knownTo(scope: DeedScope): Map<string, ArmedCounter> {
  return scope.kept(KNOWN, () => new Map<string, ArmedCounter>(), 'usage_counters');
}

/** Adds to known counters in memory. @returns whether that is possible */
function countLater(scope: DeedScope, deltas: readonly UsageCounter[]): boolean {
  const known = knownTo(scope);
  const before: ArmedCounter[] = [];
  const after: ArmedCounter[] = [];
  for (const delta of deltas) {
    const counter = known.get(counterName(delta));
    if (!counter) return false;
    const sum = {
      ...counter,
      count: counter.count + delta.count,
      usage_micro: counter.usage_micro + delta.usage_micro,
      price_micro: counter.price_micro + delta.price_micro,
    };
    if (isNoticed(sum)) return false;
    before.push(counter);
    after.push(sum);
  }
  for (const sum of after) known.set(counterName(sum), sum);
  scope.onUndo(() => {
    for (const counter of before) known.set(counterName(counter), counter);
  });
  scope.later(COUNTED, deltas);
  return true;
}

async function countNow(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  const noticed = new Set<string>();
  for (const { name } of await countUp(tx, deltas)) if (name !== null) noticed.add(name);
  if (noticed.size === 0) return [];
  const nothing = { count: 0, usage_micro: 0, price_micro: 0 };
  return addToCounters(
    tx,
    deltas
      .filter((delta) => noticed.has(counterName(delta)))
      .map((one) => ({ ...one, ...nothing })),
  );
}

/** Writes the next thresholds into existing counters. */
export const armCounters = preparedRows((db, rows: ArmedCounter[]) =>
  db
    .insertInto('usage_counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['root_sid', 'account_sid', 'scope', 'period', 'start', 'category'])
        .doUpdateSet((eb) => ({
          next_count: eb.ref('excluded.next_count'),
          next_usage: eb.ref('excluded.next_usage'),
          next_price: eb.ref('excluded.next_price'),
        })),
    ),
);

/** Subtracts spending from the balances of main accounts. @param spent by the account's SID */
export async function spendBalances(tx: Tx, spent: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...spent]
    .map(([sid, micro]) => ({ sid, micro }))
    .filter(({ micro }) => micro !== 0);
  const scope = scopeOf(tx);
  if (scope) scope.later(SPENT, rows);
  else await SPENT.write(tx, rows);
}

/** The usage of an account with its subaccounts, or its own; in one category or in all. */
export interface UsageQuery {
  readonly root_sid: string;
  readonly account_sid: string;
  readonly scope: 'own' | 'tree';
  readonly category: string | null;
}

/** The counters that are added up. A subaccount has only its own. */
const SCOPES = { own: ['own'], tree: ['own', 'subaccounts'] } as const;

/** Neighbouring periods of one kind, given by the first days of the first and the last period. */
export interface PeriodRange {
  readonly period: UsageCounter['period'];
  readonly first: Day;
  readonly last: Day;
}

/** The usage in some periods. Periods without usage are left out. */
export async function fetchUsage(
  db: Db,
  { root_sid, account_sid, scope, category }: UsageQuery,
  ranges: readonly PeriodRange[],
): Promise<WholeUsage[]> {
  if (ranges.length === 0) return [];
  const counters = await db
    .selectFrom('usage_counters')
    .selectAll()
    .where('root_sid', '=', root_sid)
    .where('account_sid', '=', account_sid)
    .where('scope', 'in', SCOPES[scope])
    .where((eb) =>
      eb.or(
        ranges.map(({ period, first, last }) =>
          eb.and([eb('period', '=', period), eb('start', '>=', first), eb('start', '<=', last)]),
        ),
      ),
    )
    .$if(category !== null, (query) => query.where('category', '=', category as string))
    .execute();
  return wholeUsage(counters);
}

/** The usage of these keys. Keys without usage are left out. */
export async function fetchWholeUsage(db: Db, keys: readonly UsageKey[]): Promise<WholeUsage[]> {
  if (keys.length === 0) return [];
  return wholeUsage(await selectCounters(db, keys.flatMap(countersOf)));
}

/** The keys of the counters that hold some usage. */
function countersOf(key: UsageKey): CounterKey[] {
  const scopes = key.account_sid === key.root_sid ? SCOPES.tree : SCOPES.own;
  return scopes.map((scope) => ({ ...key, scope }));
}
