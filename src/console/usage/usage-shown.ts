import { type Day, dateText } from '../../kit/day.ts';
import type { UsageFilter } from './usage-filter.ts';
import type { PriceTrigger } from './usage-page-store.ts';
import type { UsageSummary } from './usage-summary.ts';
import type { AccountLine } from './usage-table-views.ts';

/** The content of the usage page, and the addresses of its other selections. */

export interface UsageShown {
  readonly filter: UsageFilter;
  readonly summary: UsageSummary;
  /** Null when the filter names one account. */
  readonly accounts: readonly AccountLine[] | null;
  /** The name of the account that the filter names. */
  readonly account: string | null;
  /** Whether the account has usage on any day, when the selected days have none. */
  readonly is_ever_used: boolean;
  readonly today: Day;
  /** The triggers on the price that the chart shows. */
  readonly triggers: readonly PriceTrigger[];
}

export const usagePath = (account_sid: string) => `/console/${account_sid}/usage`;

/** The query of the same page with some changes. A change to null removes a part. */
export function queryOf(
  filter: UsageFilter,
  changes: Partial<
    Record<'period' | 'account' | 'category' | 'by' | 'from' | 'to', string | null>
  > = {},
): string {
  const { period, days, account, category, by } = filter;
  const dates = { from: dateText(days.first), to: dateText(days.last) };
  const chosen = changes.period === undefined ? period : changes.period;
  const parts = {
    ...(chosen === null ? dates : { period: chosen }),
    account,
    category: category?.name ?? null,
    by: by === 'category' ? null : by,
    ...changes,
  };
  const given = Object.entries(parts).filter(([, value]) => value !== null);
  return new URLSearchParams(given as [string, string][]).toString();
}
