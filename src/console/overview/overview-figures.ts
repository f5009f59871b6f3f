import type { Db } from '../../db/database.ts';
import { type Day, startOf } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { TOTAL_PRICE } from '../../usage/category.ts';
import { fetchUsage } from '../../usage/usage-store.ts';

/** The sums at the head of the overview. They come from counters of days, whatever was used. */

export const SHOWN_DAYS = 30;
/** The fewest days of usage from which a forecast is made. */
const FORECAST_DAYS = 7;

export interface Figures {
  /** The spending of each of the last thirty days, the oldest first. */
  readonly days: readonly Micro[];
  readonly spent: Micro;
  readonly spent_before: Micro;
  readonly this_month: Micro;
  readonly today: Micro;
  readonly messages_today: number;
  readonly calls_today: number;
  /** The whole days for which the balance lasts; null: nothing is known of that. */
  readonly lasts_days: number | null;
}

/** @param account with its balance */
export async function readFigures(
  db: Db,
  account: { readonly sid: string; readonly balance_micro: Micro },
  today: Day,
): Promise<Figures> {
  const of = { root_sid: account.sid, account_sid: account.sid, scope: 'tree' } as const;
  const month = startOf('m', today);
  const [totals, ofToday] = await Promise.all([
    fetchUsage(db, { ...of, category: TOTAL_PRICE }, [
      { period: 'd', first: today - 2 * SHOWN_DAYS + 1, last: today },
      { period: 'm', first: month, last: month },
    ]),
    fetchUsage(db, { ...of, category: null }, [{ period: 'd', first: today, last: today }]),
  ]);
  const spentOn = new Map(
    totals.filter(({ period }) => period === 'd').map((one) => [one.start, one.price_micro]),
  );
  const daysFrom = (first: Day) =>
    Array.from({ length: SHOWN_DAYS }, (_, at) => spentOn.get(first + at) ?? 0);
  const days = daysFrom(today - SHOWN_DAYS + 1);
  const spent = sum(days);
  const countOf = (...names: readonly string[]) =>
    sum(ofToday.filter(({ category }) => names.includes(category)).map(({ count }) => count));
  return {
    days,
    spent,
    spent_before: sum(daysFrom(today - 2 * SHOWN_DAYS + 1)),
    this_month: totals.find(({ period }) => period === 'm')?.price_micro ?? 0,
    today: spentOn.get(today) ?? 0,
    messages_today: countOf('sms', 'mms'),
    calls_today: countOf('calls'),
    lasts_days: lastsDays(account.balance_micro, days),
  };
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((all, one) => all + one, 0);
}

/** How long the balance lasts at the pace of the days since the first spending among these. */
function lastsDays(balance: Micro, days: readonly Micro[]): number | null {
  const first = days.findIndex((spent) => spent !== 0);
  const known = first < 0 ? 0 : days.length - first;
  const spent = sum(days);
  if (known < FORECAST_DAYS || spent <= 0 || balance <= 0) return null;
  return Math.floor((balance * known) / spent);
}
