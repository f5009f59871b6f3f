import { readSpan } from '../http/parameters/date-filters.ts';
import { badParameter } from '../kit/api-error.ts';
import {
  DAY_MS,
  type Day,
  dateText,
  dayOf,
  readDate,
  spansOf,
  startOf,
  startOfNext,
} from '../kit/day.ts';
import type { Subresource } from './usage-record.ts';
import type { PeriodRange } from './usage-store.ts';

/** A range of days, both ends included. It is empty when the first is after the last. */
export interface Days {
  readonly first: Day;
  readonly last: Day;
}

/** The form of `StartDate` and `EndDate`: a date, midnight of one, or an offset from today. */
export const USAGE_DATE =
  /^(?:\d{4}-\d{2}-\d{2}(?:[Tt ]00:00(?::00(?:[.,]0{1,9})?)?(?:[Zz]|[+ -]00:?00)?)?|[+\- ]?\d{1,6}days?)$/;

/**
 * Reads `StartDate` or `EndDate`: a date, midnight of one as SDKs write it, or an offset from today
 * such as `-30days`. An unescaped plus sign arrives as a space, and is read as a plus sign.
 * @throws ApiError 400/20001
 */
export function readUsageDate(name: string, text: string, today: Day): Day {
  const span = USAGE_DATE.test(text) ? readSpan(text) : null;
  if (span !== null && span.until - span.from === DAY_MS) return dayOf(span.from);
  const [, sign, number = ''] = /^([+\- ]?)(\d{1,6})days?$/.exec(text) ?? [];
  const found = today + (sign === '-' ? -1 : 1) * Number(number);
  // The records have the day in their links, so it must be a date that can be read again.
  if (number !== '' && readDate(dateText(found)) !== null) return found;
  const rule =
    'must be a date in the form YYYY-MM-DD, or an offset such as -30days, not before 1900';
  throw badParameter(name, rule);
}

/** The periods of a list, newest first, each cut to the range. */
export function periodsOf(subresource: Subresource | null, range: Days, today: Day): Days[] {
  switch (subresource) {
    case 'Daily':
      return periodsWithin('d', range);
    case 'Monthly':
      return periodsWithin('m', range);
    case 'Yearly':
      return periodsWithin('y', range);
    case 'Today':
      return [{ first: today, last: today }];
    case 'Yesterday':
      return [{ first: today - 1, last: today - 1 }];
    case 'ThisMonth':
      return [monthOf(today)];
    case 'LastMonth':
      return [monthOf(startOf('m', today) - 1)];
    case 'AllTime':
    case null:
      return range.first <= range.last ? [range] : [];
  }
}

function monthOf(day: Day): Days {
  return { first: startOf('m', day), last: startOfNext('m', day) - 1 };
}

function periodsWithin(period: 'd' | 'm' | 'y', { first, last }: Days): Days[] {
  const periods: Days[] = [];
  for (let day = last; day >= first; day = startOf(period, day) - 1) {
    const end = Math.min(startOfNext(period, day) - 1, last);
    periods.push({ first: Math.max(startOf(period, day), first), last: end });
  }
  return periods;
}

/** The counters whose sum is the sum of some days, with neighbours of one kind joined. */
export function rangesOf(days: Days): PeriodRange[] {
  return joined(
    spansOf(days.first, days.last).map(({ period, start }) => ({
      period,
      first: start,
      last: start,
    })),
  );
}

/** Joins neighbouring ranges of one kind, so that a query names few ranges. */
export function joined(ranges: readonly PeriodRange[]): PeriodRange[] {
  const result: PeriodRange[] = [];
  const sorted = ranges.toSorted((a, b) =>
    a.period === b.period ? a.first - b.first : a.period < b.period ? -1 : 1,
  );
  for (const range of sorted) {
    const before = result.at(-1);
    if (before?.period === range.period && range.first <= endOf(before)) {
      result[result.length - 1] = { ...before, last: Math.max(before.last, range.last) };
    } else {
      result.push(range);
    }
  }
  return result;
}

/** The first day after a range. */
function endOf({ period, last }: PeriodRange): Day {
  return period === 'a' ? Number.MAX_SAFE_INTEGER : startOfNext(period, last);
}
