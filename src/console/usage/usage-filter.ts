import type { Account } from '../../accounts/account.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import { type Day, dayOf, readDate, startOf, startOfNext } from '../../kit/day.ts';
import { isSid } from '../../kit/sid.ts';
import { CATEGORIES, type Category, TOTAL_PRICE } from '../../usage/category.ts';
import type { Days } from '../../usage/usage-range.ts';

/** The periods that have a link of their own. */
export const PERIODS = {
  '7-days': '7 days',
  '30-days': '30 days',
  'this-month': 'This month',
  'last-month': 'Last month',
  'this-year': 'This year',
} as const;
type PeriodName = keyof typeof PERIODS;

/** The longest period of one page. Its chart has one bar a year. */
const MAX_YEARS = 20;
const MAX_DAYS = 366 * MAX_YEARS;
const WEEK_DAYS = 7;
const THIRTY_DAYS = 30;

/** The selection of the usage page. */
export interface UsageFilter {
  /** Null when somebody entered other days. */
  readonly period: PeriodName | null;
  readonly days: Days;
  /** The account or subaccount to show, not yet looked up; null: all of them. */
  readonly account: string | null;
  /** The category to show; null: all of them. */
  readonly category: Category | null;
  /** The parts of the bars. */
  readonly by: 'category' | 'app';
}

/**
 * Reads the query of the page. Entered days override a named period. Without a first day the
 * selection begins with the account, and without a last day it ends today.
 * @throws ApiError 400 naming the field that breaks its rule.
 */
export function readUsageFilter(
  query: Form,
  account: Pick<Account, 'date_created'>,
  today: Day,
): UsageFilter {
  const given = (name: string) => singleValue(query, name)?.trim() || undefined;
  const entered = readDays(given('from'), given('to'), dayOf(account.date_created), today);
  const period = entered === null ? readPeriod(given('period')) : null;
  const sid = given('account') ?? null;
  const category = given('category');
  if (sid !== null && !isSid('AC', sid)) throw badParameter('account', 'must be one of the list');
  return {
    period,
    days: entered ?? daysOf(period ?? '30-days', today),
    account: sid,
    category: category === undefined || category === TOTAL_PRICE ? null : readCategory(category),
    by: readParts(given('by')),
  };
}

function readParts(word = 'category'): UsageFilter['by'] {
  if (word !== 'category' && word !== 'app') throw badParameter('by', 'must be one of the list');
  return word;
}

function readPeriod(word = '30-days'): PeriodName {
  if (!Object.hasOwn(PERIODS, word)) throw badParameter('period', 'must be one of the list');
  return word as PeriodName;
}

function readCategory(name: string): Category {
  const category = CATEGORIES.get(name);
  if (!category) throw badParameter('category', 'is not a usage category');
  return category;
}

function daysOf(period: PeriodName, today: Day): Days {
  const month = startOf('m', today);
  switch (period) {
    case 'this-month':
      return { first: month, last: startOfNext('m', today) - 1 };
    case 'last-month':
      return { first: startOf('m', month - 1), last: month - 1 };
    case '7-days':
      return { first: today - WEEK_DAYS + 1, last: today };
    case '30-days':
      return { first: today - THIRTY_DAYS + 1, last: today };
    case 'this-year':
      return { first: startOf('y', today), last: startOfNext('y', today) - 1 };
  }
}

/** The days to compare with: as many before them, or the month or year before. */
export function daysBefore({ period, days }: UsageFilter): Days {
  const { first, last } = days;
  if (period === 'this-month' || period === 'last-month') {
    return { first: startOf('m', first - 1), last: first - 1 };
  }
  if (period === 'this-year') return { first: startOf('y', first - 1), last: first - 1 };
  return { first: first - (last - first + 1), last: first - 1 };
}

function readDays(
  from: string | undefined,
  to: string | undefined,
  earliest: Day,
  today: Day,
): Days | null {
  if (from === undefined && to === undefined) return null;
  const begin = from === undefined ? undefined : readDay('from', from);
  const last = to === undefined ? Math.max(today, begin ?? today) : readDay('to', to);
  const first = begin ?? Math.min(Math.max(earliest, last - MAX_DAYS + 1), last);
  if (last < first) throw badParameter('to', 'must not be before the first day');
  if (last - first >= MAX_DAYS) {
    throw badParameter('to', `must be at most ${MAX_YEARS} years after the first day`);
  }
  return { first, last };
}

function readDay(name: string, text: string): Day {
  const day = readDate(text);
  if (day === null) throw badParameter(name, 'must be a day such as 2026-03-18');
  return day;
}
