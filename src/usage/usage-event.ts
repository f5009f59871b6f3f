import type { Selectable } from 'kysely';
import type { UsageCountersTable, UsageEventsTable } from '../db/tables/usage-tables.ts';
import { type Day, dayOf, PERIODS, startOf } from '../kit/day.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';

/** One row of the ledger. */
export type UsageEvent = Selectable<UsageEventsTable>;
/** A stored counter: a sum over the ledger, with the next thresholds. */
export type ArmedCounter = Selectable<UsageCountersTable>;
/** A counter: a sum over the ledger. */
export type UsageCounter = Omit<ArmedCounter, 'next_count' | 'next_usage' | 'next_price'>;

/** The key of a counter: everything but its sums. */
export type CounterKey = Omit<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;

/** The three sums of a counter. A counter without a row is 0. */
export type Sums = Pick<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;
export const NO_SUMS: Sums = { count: 0, usage_micro: 0, price_micro: 0 };

/** The key of an account's usage in one period and category, its subaccounts included. */
export type UsageKey = Omit<CounterKey, 'scope'>;

/** Such usage: the sum of one counter, or of two for a main account. */
export interface WholeUsage extends UsageKey, Sums {
  readonly counters: readonly ArmedCounter[];
}

/** Adds up the counters that have the same account, period and category. */
export function wholeUsage(counters: readonly ArmedCounter[]): WholeUsage[] {
  const groups = Map.groupBy(counters, usageName);
  return [...groups.values()].map((ofGroup) => {
    const { root_sid, account_sid, period, start, category } = ofGroup[0] as ArmedCounter;
    const whole = { root_sid, account_sid, period, start, category, ...NO_SUMS, counters: ofGroup };
    for (const { count, usage_micro, price_micro } of ofGroup) {
      whole.count += count;
      whole.usage_micro += usage_micro;
      whole.price_micro += price_micro;
    }
    return whole;
  });
}

export function usageName({ account_sid, period, start, category }: UsageKey): string {
  return `${account_sid} ${period} ${start} ${category}`;
}

/** The part of an event that decides its counters. */
export type Counted = Omit<
  UsageEvent,
  'key' | 'digest' | 'reason' | 'created_by_grant' | 'date_created'
>;

/** The largest sum. It is so far below 2^53 that no batch can exceed 2^53. */
export const MAX_SUM = 8e15;

/**
 * The amounts that events add to each of their counters. The counters are those of the account
 * itself, and for a subaccount also those of all subaccounts of its main account. Each has four
 * periods, the category and every one above it, and `totalprice` for the price. Events of one
 * counter are added up, so that a batch changes each row once. The counters are in the order of
 * their keys, so that two batches cannot deadlock.
 */
export function foldEvents(events: readonly Counted[]): UsageCounter[] {
  const folded = new Map<string, Cells>();
  for (const event of events) {
    const { root_sid, account_sid } = event;
    const cells = cellsOf(dayOf(event.at), event.category);
    add(folded, { root_sid, account_sid, scope: 'own' }, cells, event);
    if (account_sid === root_sid) continue;
    add(folded, { root_sid, account_sid: root_sid, scope: 'subaccounts' }, cells, event);
  }
  return inOrder(folded).flatMap(inOrder);
}

/** The counters of one account and scope, by the names of their cells. */
type Cells = Map<string, UsageCounter>;

function inOrder<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function add(
  folded: Map<string, Cells>,
  place: Pick<UsageCounter, 'root_sid' | 'account_sid' | 'scope'>,
  cells: readonly Cell[],
  { count, usage_micro, price_micro }: Counted,
): void {
  const { root_sid, account_sid, scope } = place;
  const name = `${root_sid} ${account_sid} ${scope}`;
  let sums = folded.get(name);
  if (!sums) folded.set(name, (sums = new Map()));
  for (const cell of cells) {
    const { period, start, category } = cell;
    const isTotal = category === TOTAL_PRICE;
    if (isTotal && price_micro === 0) continue;
    let sum = sums.get(cell.name);
    if (!sum) {
      const nothing = { count: 0, usage_micro: 0, price_micro: 0 };
      sum = { root_sid, account_sid, scope, period, start, category, ...nothing };
      sums.set(cell.name, sum);
    }
    sum.price_micro += price_micro;
    if (isTotal) continue;
    sum.count += count;
    sum.usage_micro += usage_micro;
  }
}

/**
 * The part of a counter that is the same for every account. Names sort in the order of the rows.
 */
interface Cell extends Pick<UsageCounter, 'period' | 'start' | 'category'> {
  readonly name: string;
}

/** The most cells in memory. Most events are of a few days and categories. */
const MAX_REMEMBERED = 1_000;
/** Gives all days the same number of digits, so that their texts sort by day. */
const DAY_OFFSET = 10_000_000;

const remembered = new Map<string, readonly Cell[]>();

/** The cells in which an event of this day and category counts. */
function cellsOf(day: Day, category: string): readonly Cell[] {
  const key = `${day} ${category}`;
  let cells = remembered.get(key);
  if (!cells) {
    const levels = CATEGORIES.get(category)?.levels ?? [category];
    cells = PERIODS.flatMap((period) =>
      [...levels, TOTAL_PRICE].map((level) => {
        const start = startOf(period, day);
        return { period, start, category: level, name: `${period} ${start + DAY_OFFSET} ${level}` };
      }),
    ).toSorted((a, b) => (a.name < b.name ? -1 : 1));
    if (remembered.size >= MAX_REMEMBERED) remembered.clear();
    remembered.set(key, cells);
  }
  return cells;
}
