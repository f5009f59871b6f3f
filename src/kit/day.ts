import type { EpochMs } from './utc.ts';

/** A day of UTC, counted from 1970-01-01 as day 0. */
export type Day = number;

export const DAY_MS = 86_400_000;

/** The day of a moment. */
export function dayOf(ms: EpochMs): Day {
  return Math.floor(ms / DAY_MS);
}

/** A day in the API's form: `2026-03-18`. */
export function dateText(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The periods that usage is kept for: days, months, years, and all of time. */
export const PERIODS = ['d', 'm', 'y', 'a'] as const;
export type Period = (typeof PERIODS)[number];

/** The first day of the period of a day. All time begins with day 0. */
export function startOf(period: Period, day: Day): Day {
  if (period === 'd') return day;
  if (period === 'a') return 0;
  const date = new Date(day * DAY_MS);
  const month = period === 'm' ? date.getUTCMonth() : 0;
  return Date.UTC(date.getUTCFullYear(), month) / DAY_MS;
}

/** The first day of the period after the one of a day. */
export function startOfNext(period: 'd' | 'm' | 'y', day: Day): Day {
  if (period === 'd') return day + 1;
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear();
  return (period === 'm' ? Date.UTC(year, date.getUTCMonth() + 1) : Date.UTC(year + 1, 0)) / DAY_MS;
}

/** The accepted years. `Date` reads years below 100 as other years. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 9999;

/** Reads `YYYY-MM-DD`; null for a date that does not exist, such as 29 February of most years. */
export function readDate(text: string): Day | null {
  const [, year = '', month = '', date = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (!(Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR)) return null;
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date)) / DAY_MS;
  return dateText(day) === text ? day : null;
}

/** A period: its kind and its first day. */
export interface Span {
  readonly period: 'd' | 'm' | 'y';
  readonly start: Day;
}

/**
 * The fewest periods that make up a range of days, both ends included: whole years, whole months
 * beside them, and single days at the edges. The result has at most 60 days and 22 months besides
 * the years.
 */
export function spansOf(first: Day, last: Day): Span[] {
  const spans: Span[] = [];
  let day = first;
  while (day <= last) {
    const period = (['y', 'm'] as const).find(
      (wide) => startOf(wide, day) === day && startOfNext(wide, day) - 1 <= last,
    );
    spans.push({ period: period ?? 'd', start: day });
    day = startOfNext(period ?? 'd', day);
  }
  return spans;
}
