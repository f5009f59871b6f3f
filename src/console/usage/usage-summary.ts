import type { Db } from '../../db/database.ts';
import type { Day } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { CATEGORIES, type Category, TOTAL_PRICE } from '../../usage/category.ts';
import { listUsage } from '../../usage/list-usage.ts';
import type { Sums } from '../../usage/usage-event.ts';
import { type Days, periodsOf } from '../../usage/usage-range.ts';
import type { UsageQuery } from '../../usage/usage-store.ts';

/** The usage of some days for the console, computed from the API's usage records. */

/** The most categories with a colour of their own in the chart. */
const MAX_SERIES = 5;
/** The most days with a bar each. Longer periods have a bar for each month, then for each year. */
const MAX_DAILY = 62;
const MAX_MONTHLY = 36;

/** One line of the table of categories. */
export interface UsageLine {
  readonly category: Category;
  /** The level of the line below the first line. */
  readonly depth: number;
  readonly used: Sums;
  /** Whether this line is the usage of the category itself, without its subcategories. */
  readonly is_rest: boolean;
}

/** One colour of the chart. */
export interface UsageSeries {
  /** The category or the account of the colour; both are null for all others together. */
  readonly category: Category | null;
  readonly account: NamedSpender | null;
  readonly price: Micro;
  /** One price for each bucket. */
  readonly prices: readonly Micro[];
}

/** An account with a colour of its own. */
export interface NamedSpender {
  readonly sid: string;
  readonly name: string;
}

/** One bar of the chart, which is also one line of the table of days. */
interface UsageBucket {
  readonly days: Days;
  readonly price: Micro;
  /** Whether anything was metered, with or without a price. */
  readonly is_used: boolean;
}

export interface UsageSummary {
  readonly step: 'day' | 'month' | 'year';
  readonly total: Sums;
  readonly lines: readonly UsageLine[];
  /** The oldest first. */
  readonly buckets: readonly UsageBucket[];
  /** The dearest first. */
  readonly series: readonly UsageSeries[];
  /** The prices of the days to compare with, for as many bars as they have. */
  readonly before: { readonly days: Days; readonly prices: readonly Micro[] };
  /** Every category with usage, for any filter, each below its parent. */
  readonly used: readonly Pick<UsageLine, 'category' | 'depth'>[];
}

const BELOW: ReadonlyMap<string | null, Category[]> = Map.groupBy(
  [...CATEGORIES.values()].filter(({ name }) => name !== TOTAL_PRICE),
  ({ levels }) => levels[1] ?? null,
);

/** The children of a category; for null, the categories at the top. */
export function childrenOf(parent: Category | null): readonly Category[] {
  return BELOW.get(parent?.name ?? null) ?? [];
}

/**
 * Sums up usage. It reads counters only, so its time grows with the number of days and categories.
 */
export async function summarizeUsage(
  db: Db,
  of: UsageQuery,
  asked: {
    readonly days: Days;
    readonly before: Days;
    /** The category to show; null: all. */
    readonly category: Category | null;
    /** The accounts that the bars are made of, the dearest; null: they are made of categories. */
    readonly accounts: readonly NamedSpender[] | null;
    readonly today: Day;
  },
): Promise<UsageSummary> {
  const { days, before, category, accounts, today } = asked;
  const whole = category ?? (CATEGORIES.get(TOTAL_PRICE) as Category);
  const parts = childrenOf(category);
  const { step, periods } = bucketsOf(days, today);
  const [totals, byBucket, earlier, ofAccounts] = await Promise.all([
    readAll(db, of, [days], [...CATEGORIES.values()]),
    readAll(db, of, periods, [whole, ...parts]),
    readAll(db, of, bucketsOf(before, today).periods, [whole]),
    Promise.all(
      (accounts ?? []).slice(0, MAX_SERIES).map(async (account) => {
        const own = { ...of, account_sid: account.sid, scope: 'own' } as const;
        const found = await readAll(db, own, periods, [whole]);
        return { account, category: null, prices: found.map(({ used }) => used.price_micro) };
      }),
    ),
  ]);
  const used = new Map(totals.map((row) => [row.category.name, row.used]));
  const rows = [...Map.groupBy(byBucket, ({ first }) => first).values()];
  const buckets = rows.map((ofBucket): UsageBucket => {
    const [{ first, last, used: all } = NO_BUCKET] = ofBucket;
    const is_used = ofBucket.some((row) => isAnything(row.used));
    return { days: { first, last }, price: all.price_micro, is_used };
  });
  // The rows of a bucket have the order of the request: the whole, then its parts.
  const pricesOf = (at: number) => rows.map((row) => row[at + 1]?.used.price_micro ?? 0);
  return {
    step,
    total: used.get(whole.name) ?? NOTHING,
    lines: linesOf(category, used),
    buckets,
    series: seriesOf(
      accounts === null
        ? parts.map((one, at) => ({ category: one, account: null, prices: pricesOf(at) }))
        : ofAccounts,
      buckets,
    ),
    before: { days: before, prices: earlier.map((row) => row.used.price_micro) },
    used: linesOf(null, used).filter(({ is_rest }) => !is_rest),
  };
}

const NOTHING: Sums = { count: 0, usage_micro: 0, price_micro: 0 };
const NO_BUCKET = { first: 0, last: 0, used: NOTHING };

/** Reads a whole list, without pages. */
async function readAll(
  db: Db,
  of: UsageQuery,
  periods: readonly Days[],
  categories: readonly Category[],
) {
  const page_size = periods.length * categories.length;
  const all = { page: 0, page_size, from: null };
  return (await listUsage(db, of, { periods, categories }, all)).rows;
}

/** Divides the days into the parts that fit on a screen, the oldest first. */
export function bucketsOf(days: Days, today: Day) {
  const daily = days.last - days.first + 1 <= MAX_DAILY;
  const months = daily ? [] : periodsOf('Monthly', days, today);
  const step: UsageSummary['step'] = daily
    ? 'day'
    : months.length <= MAX_MONTHLY
      ? 'month'
      : 'year';
  const list = { day: 'Daily', month: 'Monthly', year: 'Yearly' } as const;
  return { step, periods: periodsOf(list[step], days, today).toReversed() };
}

function isAnything({ count, usage_micro, price_micro }: Sums): boolean {
  return count !== 0 || usage_micro !== 0 || price_micro !== 0;
}

/** The lines below a category, each followed by its own children, the dearest first. */
function linesOf(parent: Category | null, used: ReadonlyMap<string, Sums>, depth = 0): UsageLine[] {
  const sumsOf = ({ name }: Category) => used.get(name) ?? NOTHING;
  const found = childrenOf(parent)
    .filter((child) => isAnything(sumsOf(child)))
    .toSorted((a, b) => sumsOf(b).price_micro - sumsOf(a).price_micro || a.place - b.place);
  const lines = found.flatMap((category) => [
    { category, depth, used: sumsOf(category), is_rest: false },
    ...linesOf(category, used, depth + 1),
  ]);
  if (parent === null || (found.length === 0 && depth > 0)) return lines;
  const rest = restOf(sumsOf(parent), found.map(sumsOf));
  return isAnything(rest)
    ? [...lines, { category: parent, depth, used: rest, is_rest: true }]
    : lines;
}

function restOf(all: Sums, parts: readonly Sums[]): Sums {
  const rest = { ...all };
  for (const { count, usage_micro, price_micro } of parts) {
    rest.count -= count;
    rest.usage_micro -= usage_micro;
    rest.price_micro -= price_micro;
  }
  return rest;
}

/** The dearest parts, and the rest of each bucket. */
function seriesOf(
  parts: readonly Omit<UsageSeries, 'price'>[],
  buckets: readonly UsageBucket[],
): UsageSeries[] {
  const size = (prices: readonly Micro[]) => prices.reduce((sum, one) => sum + Math.abs(one), 0);
  const dearest = parts
    .filter(({ prices }) => size(prices) > 0)
    .toSorted((a, b) => size(b.prices) - size(a.prices))
    .slice(0, MAX_SERIES);
  const others = buckets.map(({ price }, at) =>
    dearest.reduce((rest, { prices }) => rest - (prices[at] ?? 0), price),
  );
  const rest = { category: null, account: null, prices: others };
  const all = size(others) > 0 ? [...dearest, rest] : dearest;
  return all.map((one) => ({ ...one, price: one.prices.reduce((sum, price) => sum + price, 0) }));
}
