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

/** Writes events with new keys into the ledger. @returns the keys that were written */
export function insertUsageEvents(tx: Tx, events: readonly UsageEvent[]): Promise<EventKey[]> {
  return insertEvents(tx, events);
}

/** The digests of one account's events under these keys. They tell a repeat from another event. */
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

/** Adds to counters, in the given order. @returns the counters afterwards */
export function addToCounters(tx: Tx, deltas: readonly UsageCounter[]): Promise<ArmedCounter[]> {
  return upsertCounters(tx, deltas);
}

/**
 * Names a counter that has reached a threshold or is too large, and is null for all others. The own
 * usage of a main account has no triggers, because its triggers watch the whole tree.
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
 * Adds usage to counters. Usage changes many counters, and few of them reach a threshold. Only
 * counters that have reached one, or have become too large, are read back.
 * @returns these counters afterwards
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

const subtractSpent = preparedRows((db, rows: { sid: string; micro: number }[]) => {
  const given = rows.map(({ sid, micro }) => sql`(${sid}, ${micro})`);
  return db
    .updateTable('accounts')
    .from(sql<{ column1: string; column2: number }>`(values ${sql.join(given)})`.as('spent'))
    .set({ balance_micro: sql`balance_micro - spent.column2` })
    .whereRef('accounts.sid', '=', 'spent.column1');
});

/** Subtracts spending from the balances of main accounts. @param spent by the account's SID */
export async function spendBalances(tx: Tx, spent: ReadonlyMap<string, number>): Promise<void> {
  const rows = [...spent].map(([sid, micro]) => ({ sid, micro }));
  await subtractSpent(
    tx,
    rows.filter(({ micro }) => micro !== 0),
  );
}

/** A filter of counters: one account or its tree, some periods, one category or all. */
export interface CounterQuery {
  readonly root_sid: string;
  readonly account_sid: string;
  readonly scope: UsageCounter['scope'];
  readonly category: string | null;
}

/** Neighbouring periods of one kind, given by the first days of the first and the last period. */
export interface PeriodRange {
  readonly period: UsageCounter['period'];
  readonly first: Day;
  readonly last: Day;
}

/** The counters of some periods. A counter without usage has no row. */
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
