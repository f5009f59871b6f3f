import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { Day } from '../kit/day.ts';
import {
  type ArmedCounter,
  type CounterKey,
  MAX_SUM,
  type UsageCounter,
  type UsageEvent,
} from './usage-event.ts';

type EventKey = Pick<UsageEvent, 'account_sid' | 'key'>;

const insertEvents = preparedRows((db, rows: UsageEvent[]) =>
  db
    .insertInto('usage_events')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['root_sid', 'account_sid', 'key']).doNothing())
    .returning(['account_sid', 'key']),
);

/** Writes events into the ledger, but for those whose key is there. @returns the new ones' keys. */
export function insertUsageEvents(tx: Tx, events: readonly UsageEvent[]): Promise<EventKey[]> {
  return insertEvents(tx, events);
}

/** What is in the ledger under these keys of one account: as much as a repeat is told by. */
export async function fetchDigests(
  db: Db,
  account: Pick<UsageEvent, 'root_sid' | 'account_sid'>,
  keys: readonly string[],
): Promise<Pick<UsageEvent, 'key' | 'digest'>[]> {
  return db
    .selectFrom('usage_events')
    .select(['key', 'digest'])
    .where('root_sid', '=', account.root_sid)
    .where('account_sid', '=', account.account_sid)
    .where('key', 'in', keys)
    .execute();
}

const upsertCounters = preparedRows((db, rows: UsageCounter[]) =>
  addingTo(db, rows).returningAll(),
);

/** Adds to counters, in the order given. @returns them as they then stand. */
export function addToCounters(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  return upsertCounters(tx, deltas);
}

/**
 * Names a counter that somebody has to look at, and is null for all others: one that has reached
 * a threshold, or a sum that is too large. What a main account itself used is watched by nobody,
 * since its triggers watch its whole tree.
 */
const NOTICED = sql<string | null>`case
  when (scope = 'tree' or account_sid <> root_sid) and (usage_counters.count >= next_count
    or usage_counters.usage_micro >= next_usage or usage_counters.price_micro >= next_price)
  or usage_counters.count > ${sql.lit(MAX_SUM)} or usage_counters.usage_micro > ${sql.lit(MAX_SUM)}
  or abs(usage_counters.price_micro) > ${sql.lit(MAX_SUM)}
  then account_sid || ' ' || scope || ' ' || period || ' ' || start || ' ' || category end`;

const countUp = preparedRows((db, rows: UsageCounter[]) =>
  addingTo(db, rows).returning(NOTICED.as('name')),
);

/**
 * The same for usage, which moves many counters and hardly ever one that matters to anybody: none
 * is read but those that have reached a threshold, or have become too large.
 * @returns these, as they then stand.
 */
export async function countUsage(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  const noticed = new Set<string>();
  for (const { name } of await countUp(tx, deltas)) if (name !== null) noticed.add(name);
  if (noticed.size === 0) return [];
  const nothing = { count: 0, usage_micro: 0, price_micro: 0 };
  return addToCounters(
    tx,
    deltas.filter((delta) => noticed.has(nameOf(delta))).map((one) => ({ ...one, ...nothing })),
  );
}

function nameOf({ account_sid, scope, period, start, category }: CounterKey): string {
  return `${account_sid} ${scope} ${period} ${start} ${category}`;
}

function addingTo(db: Db, rows: readonly UsageCounter[]) {
  return db
    .insertInto('usage_counters')
    .values(rows)
    .onConflict((conflict) =>
      conflict
        .columns(['root_sid', 'account_sid', 'scope', 'period', 'start', 'category'])
        .doUpdateSet((eb) => ({
          count: eb('usage_counters.count', '+', eb.ref('excluded.count')),
          usage_micro: eb('usage_counters.usage_micro', '+', eb.ref('excluded.usage_micro')),
          price_micro: eb('usage_counters.price_micro', '+', eb.ref('excluded.price_micro')),
        })),
    );
}

/** Writes into counters that are there which thresholds come next. */
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

const subtractSpent = preparedRows((db, rows: { sid: string; micro: number }[]) => {
  const given = rows.map(({ sid, micro }) => sql`(${sid}, ${micro})`);
  return db
    .updateTable('accounts')
    .from(sql<{ column1: string; column2: number }>`(values ${sql.join(given)})`.as('spent'))
    .set({ balance_micro: sql`balance_micro - spent.column2` })
    .whereRef('accounts.sid', '=', 'spent.column1');
});

/** Takes what was spent from the balances of main accounts, given by their SIDs. */
export async function spendBalances(tx: Tx, spent: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...spent].map(([sid, micro]) => ({ sid, micro }));
  await subtractSpent(
    tx,
    rows.filter(({ micro }) => micro !== 0),
  );
}

/** Which counters: of one account or its tree, in some periods, of one category or of all. */
export interface CounterQuery {
  readonly root_sid: string;
  readonly account_sid: string;
  readonly scope: UsageCounter['scope'];
  readonly category: string | null;
}

/** Neighbouring periods of one kind, by the first day of the first and of the last of them. */
export interface PeriodRange {
  readonly period: UsageCounter['period'];
  readonly first: Day;
  readonly last: Day;
}

/** The counters of some periods; one without usage has no row. */
export async function fetchCounters(
  db: Db,
  { root_sid, account_sid, scope, category }: CounterQuery,
  ranges: readonly PeriodRange[],
): Promise<UsageCounter[]> {
  if (ranges.length === 0) return [];
  return db
    .selectFrom('usage_counters')
    .selectAll()
    .where('root_sid', '=', root_sid)
    .where('account_sid', '=', account_sid)
    .where('scope', '=', scope)
    .where((eb) =>
      eb.or(
        ranges.map(({ period, first, last }) =>
          eb.and([eb('period', '=', period), eb('start', '>=', first), eb('start', '<=', last)]),
        ),
      ),
    )
    .$if(category !== null, (query) => query.where('category', '=', category as string))
    .execute();
}
