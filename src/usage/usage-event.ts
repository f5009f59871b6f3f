import type { Selectable } from 'kysely';
import type { UsageCountersTable, UsageEventsTable } from '../db/tables/usage-tables.ts';
import { type Day, dayOf, PERIODS, startOf } from '../kit/day.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';

/** One row of the ledger. */
export type UsageEvent = Selectable<UsageEventsTable>;
/** One sum over it, as it is kept: with the thresholds that come next. */
export type ArmedCounter = Selectable<UsageCountersTable>;
/** One sum over it. */
export type UsageCounter = Omit<ArmedCounter, 'next_count' | 'next_usage' | 'next_price'>;

/** Which counter: everything but its sums. */
export type CounterKey = Omit<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;

/** Sums stay so far below 2^53 that no batch can carry one past it. */
export const MAX_SUM = 8e15;

/**
 * What some events add to each counter that they count in: for the account itself and for the
 * tree of its main account, for each of the four periods, for the category and every one
 * above it, and the price once more in `totalprice`. Events of one counter are added up here,
 * so that a batch touches each row once; the order is that of the rows' key, so that batches
 * which meet wait for one another instead of locking each other out.
 */
export function foldEvents(events: readonly UsageEvent[]): UsageCounter[] {
  const folded = new Map<string, Sums>();
  for (const event of events) {
    const { root_sid, account_sid } = event;
    const cells = cellsOf(dayOf(event.at), event.category);
    add(folded, { root_sid, account_sid, scope: 'own' }, cells, event);
    add(folded, { root_sid, account_sid: root_sid, scope: 'tree' }, cells, event);
  }
  return inOrder(folded).flatMap(inOrder);
}

/** The counters of one account and scope, by their cells' names. */
type Sums = Map<string, UsageCounter>;

function inOrder<T>(named: ReadonlyMap<string, T>): T[] {
  return [...named].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}

function add(
  folded: Map<string, Sums>,
  place: Pick<UsageCounter, 'root_sid' | 'account_sid' | 'scope'>,
  cells: readonly Cell[],
  { count, usage_micro, price_micro }: UsageEvent,
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

/** What is the same in the counters of every account. The names sort as the rows do. */
interface Cell extends Pick<UsageCounter, 'period' | 'start' | 'category'> {
  readonly name: string;
}

/** Past it they are worked out anew: most events are of a few days and categories. */
const MAX_REMEMBERED = 1_000;
/** Gives all days the same number of digits, so that their texts sort as they do. */
const DAY_OFFSET = 10_000_000;

const remembered = new Map<string, readonly Cell[]>();

/** Where an event of this day and category is counted, for its account and for the tree. */
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
