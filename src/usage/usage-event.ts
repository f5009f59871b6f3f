import type { Selectable } from 'kysely';
import type { UsageCountersTable, UsageEventsTable } from '../db/usage-tables.ts';
import { type Day, dayOf, PERIODS, startOf } from '../kit/day.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';

/** One row of the ledger. */
export type UsageEvent = Selectable<UsageEventsTable>;
/** One sum over it. */
export type UsageCounter = Selectable<UsageCountersTable>;

/** Which counter: everything but its sums. */
export type CounterKey = Omit<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;

/**
 * What some events add to each counter that they count in: for the account itself and for the
 * tree of its main account, for each of the four periods, for the category and every one
 * above it, and the price once more in `totalprice`. Events of one counter are added up here,
 * so that a batch touches each row once; the order is that of the rows' key, so that batches
 * which meet wait for one another instead of locking each other out (reliability §0.5, §0.6).
 */
export function foldEvents(events: readonly UsageEvent[]): UsageCounter[] {
  const folded = new Map<string, UsageCounter>();
  for (const event of events) {
    const { root_sid, account_sid, count, usage_micro, price_micro } = event;
    const levels = CATEGORIES.get(event.category)?.levels ?? [event.category];
    const starts = startsOf(dayOf(event.at));
    for (const [scope, account] of [
      ['own', account_sid],
      ['tree', root_sid],
    ] as const) {
      for (const [period, start] of starts) {
        const place = { root_sid, account_sid: account, scope, period, start };
        for (const category of levels) {
          add(folded, { ...place, category }, count, usage_micro, price_micro);
        }
        if (price_micro !== 0) add(folded, { ...place, category: TOTAL_PRICE }, 0, 0, price_micro);
      }
    }
  }
  return [...folded].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, counter]) => counter);
}

/** The last day that was asked for: events mostly come from one. */
let remembered: { day: Day; starts: readonly (readonly [UsageCounter['period'], Day])[] } | null =
  null;

function startsOf(day: Day) {
  if (remembered?.day !== day) {
    remembered = { day, starts: PERIODS.map((period) => [period, startOf(period, day)] as const) };
  }
  return remembered.starts;
}

function add(
  folded: Map<string, UsageCounter>,
  key: CounterKey,
  count: number,
  usage_micro: number,
  price_micro: number,
): void {
  const { root_sid, account_sid, scope, period, start, category } = key;
  const name = `${root_sid} ${account_sid} ${scope} ${period} ${String(start + DAY_OFFSET)} ${category}`;
  const found = folded.get(name);
  folded.set(name, {
    ...key,
    count: (found?.count ?? 0) + count,
    usage_micro: (found?.usage_micro ?? 0) + usage_micro,
    price_micro: (found?.price_micro ?? 0) + price_micro,
  });
}

/** Gives all days the same number of digits, so that their texts sort as they do. */
const DAY_OFFSET = 10_000_000;
