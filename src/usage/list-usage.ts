import type { Db } from '../db/database.ts';
import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { Category } from './category.ts';
import { NO_SUMS, type Sums } from './usage-event.ts';
import { type Days, joined, rangesOf } from './usage-range.ts';
import { fetchUsage, type UsageQuery } from './usage-store.ts';

/** One row of a list: the usage of a category in a range of days. */
export interface UsageRow extends Position, Days {
  readonly category: Category;
  readonly used: Sums;
}

const ORDINAL_DIGITS = 32;
/** Makes the day numbers of all accepted dates positive. */
const DAY_OFFSET = 1_000_000;

/** The rows of a list: each category in each period. */
interface Rows {
  /** The periods, newest first, without gaps. */
  readonly periods: readonly Days[];
  readonly categories: readonly Category[];
}

/**
 * A page of a list with a row for every category in every period, used or not. The list is not
 * stored. A page is computed from its position and reads only the counters of its own periods, so
 * its cost does not grow with the usage.
 */
export async function listUsage(
  db: Db,
  of: UsageQuery,
  list: Rows,
  request: PageRequest,
): Promise<Page<UsageRow>> {
  const { periods, categories } = list;
  const total = periods.length * categories.length;
  const { first, last } = bounds(request, list);
  const shown = periods.slice(
    Math.floor(first / categories.length),
    Math.floor((last - 1) / categories.length) + 1,
  );
  const sums = last > first ? await sumPeriods(db, of, shown) : [];
  const rows: UsageRow[] = [];
  for (let place = first; place < last; place += 1) {
    const period = Math.floor(place / categories.length);
    const days = periods[period] as Days;
    const category = categories[place % categories.length] as Category;
    const used =
      sums[period - Math.floor(first / categories.length)]?.get(category.name) ?? NO_SUMS;
    rows.push({ ...days, category, used, ...positionOf(days, place % categories.length) });
  }
  return { rows, has_next: last < total, has_previous: first > 0 };
}

function bounds({ from, page, page_size }: PageRequest, list: Rows) {
  const total = list.periods.length * list.categories.length;
  if (from?.direction === 'before') {
    const last = placeOf(from.position, list);
    return { first: Math.max(0, last - page_size), last };
  }
  const first = Math.min(from ? placeOf(from.position, list, 1) : page * page_size, total);
  return { first, last: Math.min(first + page_size, total) };
}

/**
 * A position is the last day of its row and the place of its category. The number of rows before it
 * would not do: it grows at midnight, and the next page would show a day a second time.
 */
function positionOf({ last }: Days, place: number): Position {
  return {
    date_created: last + DAY_OFFSET,
    sid: `UR${String(place).padStart(ORDINAL_DIGITS, '0')}`,
  };
}

/** The index in the present list of the row at a position, or of the row so many rows after it. */
function placeOf({ date_created, sid }: Position, { periods, categories }: Rows, rows_on = 0) {
  const category = Math.min(Math.trunc(Number(sid.slice(2))) || 0, categories.length - 1);
  const day = date_created - DAY_OFFSET;
  // A list with a single period keeps its pages after midnight.
  const period = periods.length === 1 ? 0 : periods.findIndex(({ first }) => first <= day);
  if (period === -1) return periods.length * categories.length;
  const isThere = periods.length === 1 || (periods[period] as Days).last >= day;
  return period * categories.length + (isThere ? category + rows_on : 0);
}

type ByCategory = Map<string, Sums>;

/** The usage of each period by category, with one query for all of them. */
async function sumPeriods(db: Db, of: UsageQuery, periods: readonly Days[]): Promise<ByCategory[]> {
  const ranges = periods.map(rangesOf);
  const usage = await fetchUsage(db, of, joined(ranges.flat()));
  const byKind = Map.groupBy(usage, ({ period }) => period);
  return ranges.map((ofPeriod) => {
    const sums: ByCategory = new Map();
    for (const { period, first, last } of ofPeriod) {
      for (const used of byKind.get(period) ?? []) {
        if (used.start < first || used.start > last) continue;
        const before = sums.get(used.category) ?? NO_SUMS;
        sums.set(used.category, {
          count: before.count + used.count,
          usage_micro: before.usage_micro + used.usage_micro,
          price_micro: before.price_micro + used.price_micro,
        });
      }
    }
    return sums;
  });
}
