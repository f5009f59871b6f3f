import type { Page, PageRequest, Position } from '../db/keyset.ts';
import type { Db } from '../db/open-database.ts';
import type { Category } from './category.ts';
import type { UsageCounter } from './usage-event.ts';
import { type Days, joined, rangesOf } from './usage-range.ts';
import { type CounterQuery, fetchCounters } from './usage-store.ts';

/** One row of a list: a category in some days. The position is its place in the whole list. */
export interface UsageRow extends Position, Days {
  readonly category: Category;
  readonly used: Pick<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>;
}

const NOTHING = { count: 0, usage_micro: 0, price_micro: 0 };
const ORDINAL_DIGITS = 32;

/**
 * A page of a list that has a row for every category in every period, used or not. The list
 * exists nowhere: a page is worked out from its place, and reads the counters of its own
 * periods only, so that no page costs more for what was metered.
 */
export async function listUsage(
  db: Db,
  of: CounterQuery,
  { periods, categories }: { periods: readonly Days[]; categories: readonly Category[] },
  request: PageRequest,
): Promise<Page<UsageRow>> {
  const total = periods.length * categories.length;
  const { first, last } = bounds(request, total);
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
      sums[period - Math.floor(first / categories.length)]?.get(category.name) ?? NOTHING;
    rows.push({ ...days, category, used, ...positionOf(place) });
  }
  return { rows, has_next: last < total, has_previous: first > 0 };
}

function bounds({ from, page, page_size }: PageRequest, total: number) {
  const place = from?.position.date_created ?? 0;
  if (from?.direction === 'before') {
    const last = Math.min(place, total);
    return { first: Math.max(0, last - page_size), last };
  }
  const first = Math.min(from ? place + 1 : page * page_size, total);
  return { first, last: Math.min(first + page_size, total) };
}

function positionOf(place: number): Position {
  return { date_created: place, sid: `UR${String(place).padStart(ORDINAL_DIGITS, '0')}` };
}

type Sums = Map<string, Pick<UsageCounter, 'count' | 'usage_micro' | 'price_micro'>>;

/** What was used in each period, by category: one query for all of them. */
async function sumPeriods(db: Db, of: CounterQuery, periods: readonly Days[]): Promise<Sums[]> {
  const ranges = periods.map(rangesOf);
  const counters = await fetchCounters(db, of, joined(ranges.flat()));
  const byKind = Map.groupBy(counters, ({ period }) => period);
  return ranges.map((ofPeriod) => {
    const sums: Sums = new Map();
    for (const { period, first, last } of ofPeriod) {
      for (const counter of byKind.get(period) ?? []) {
        if (counter.start < first || counter.start > last) continue;
        const before = sums.get(counter.category) ?? NOTHING;
        sums.set(counter.category, {
          count: before.count + counter.count,
          usage_micro: before.usage_micro + counter.usage_micro,
          price_micro: before.price_micro + counter.price_micro,
        });
      }
    }
    return sums;
  });
}
