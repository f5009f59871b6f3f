import type { EpochMs } from './utc.ts';

/** A day of UTC, counted from 1970-01-01 as day 0. */
export type Day = number;

export const DAY_MS = 86_400_000;

/** The day that a moment is in. */
export function dayOf(ms: EpochMs): Day {
  return Math.floor(ms / DAY_MS);
}

/** A day as the API writes dates: `2026-03-18`. */
export function dateText(day: Day): string {
  return new Date(day * DAY_MS).toISOString().slice(0, 10);
}

/** The periods that usage is kept for: days, months, years, and all of time. */
export const PERIODS = ['d', 'm', 'y', 'a'] as const;
export type Period = (typeof PERIODS)[number];

/** The first day of the period that a day is in; all of time begins with day 0. */
export function startOf(period: Period, day: Day): Day {
  if (period === 'd') return day;
  if (period === 'a') return 0;
  const date = new Date(day * DAY_MS);
  const month = period === 'm' ? date.getUTCMonth() : 0;
  return Date.UTC(date.getUTCFullYear(), month) / DAY_MS;
}

/** The first day of the period after the one that a day is in. */
export function startOfNext(period: 'd' | 'm' | 'y', day: Day): Day {
  if (period === 'd') return day + 1;
  const date = new Date(day * DAY_MS);
  const year = date.getUTCFullYear();
  return (period === 'm' ? Date.UTC(year, date.getUTCMonth() + 1) : Date.UTC(year + 1, 0)) / DAY_MS;
}

/** The years that the API takes; `Date` counts those before 100 as others. */
const FIRST_YEAR = 1900;
const LAST_YEAR = 9999;

/** Reads `YYYY-MM-DD`; null for what is no day, such as 29 February of a year without one. */
export function readDate(text: string): Day | null {
  const [, year = '', month = '', date = ''] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text) ?? [];
  if (!(Number(year) >= FIRST_YEAR && Number(year) <= LAST_YEAR)) return null;
  const day = Date.UTC(Number(year), Number(month) - 1, Number(date)) / DAY_MS;
  return dateText(day) === text ? day : null;
}

/** One kept period: what it is, and its first day. */
export interface Span {
  readonly period: 'd' | 'm' | 'y';
  readonly start: Day;
}

/**
 * The fewest periods that make up the days from one to another, both included: whole years,
 * whole months beside them, single days at the edges. Its length goes by the range alone:
 * at most 60 days and 22 months besides the years.
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
