import { isMainAccount } from '../../access/principal.ts';
import type { App } from '../../app.ts';
import { ConfigError } from '../../config.ts';
import { dateText, dayOf } from '../../kit/day.ts';
import { iso8601 } from '../../kit/utc.ts';
import { CATEGORIES } from '../../usage/category.ts';
import { explainUsage } from '../../usage/explain-usage.ts';
import { isSameSum, presentSum, readSum, type ShownSum } from '../../usage/ledger-sum.ts';
import type { ExplainedRow } from '../../usage/usage-ledger-store.ts';
import { readUsageDate } from '../../usage/usage-range.ts';
import { atOneMoment } from '../../verify/at-one-moment.ts';
import type { Verification } from '../../verify/verify.ts';
import { demandAccount } from '../demand-account.ts';

/** The result of a verification, for people. */
export function reportOf(verification: Verification, duration_ms: number): string {
  const { checked, differences, found } = verification;
  const what = Object.entries(checked)
    .map(([name, number]) => `${name} ${number}`)
    .join(', ');
  const head = `Checked in ${(duration_ms / 1_000).toFixed(1)} s: ${what}.`;
  if (found === 0) return `${head}\nEverything agrees.`;
  const lines = differences.map(
    ({ promise, account_sid, what: difference }) => `${promise}  ${account_sid}  ${difference}`,
  );
  const rest = found - differences.length;
  if (rest > 0) lines.push(`${rest} more are not named here.`);
  return `${head}\n${lines.join('\n')}\n${found === 1 ? '1 difference.' : `${found} differences.`}`;
}

/** The options that name the record to explain. */
export interface Wanted {
  readonly accountSid: string;
  readonly category: string;
  readonly startDate?: string;
  readonly endDate?: string;
  readonly own?: boolean;
}

export interface Explained {
  readonly account_sid: string;
  readonly category: string;
  readonly scope: 'own' | 'tree';
  readonly start_date: string;
  readonly end_date: string;
  readonly record: ShownSum;
  readonly sum: ShownSum;
  readonly is_same: boolean;
  /** The number of all events. The newest ones follow. */
  readonly total: number;
  readonly events: readonly ExplainedRow[];
}

/**
 * Finds the events behind one usage record. The defaults are those of the API: from the creation of
 * the account until today, with its subaccounts.
 */
export async function explain(app: App, wanted: Wanted): Promise<Explained> {
  const category = CATEGORIES.get(wanted.category);
  if (!category) {
    throw new ConfigError(`--category: there is no usage category "${wanted.category}".`);
  }
  return atOneMoment(app.database, async (db) => {
    const account = await demandAccount(db, wanted.accountSid);
    const today = dayOf(app.now());
    const read = (option: string, text: string | undefined, otherwise: number) =>
      text === undefined ? otherwise : readUsageDate(option, text, today);
    const first = read('--start-date', wanted.startDate, dayOf(account.date_created));
    const last = read('--end-date', wanted.endDate, Math.max(today, first));
    if (last < first) throw new ConfigError('--end-date must not be before --start-date.');
    const scope = isMainAccount(account) && !wanted.own ? 'tree' : 'own';
    const days = { first, last };
    const { events, total, sum, record } = await explainUsage(db, account, {
      category,
      scope,
      days,
    });
    return {
      account_sid: account.sid,
      category: category.name,
      scope,
      start_date: dateText(first),
      end_date: dateText(last),
      record: presentSum(record),
      sum: presentSum(sum),
      is_same: isSameSum(record, sum),
      total,
      events,
    };
  });
}

export function explainedRow(row: ExplainedRow): Record<string, string | null> {
  const { count, usage, price } = presentSum(readSum(row));
  const { account_sid, key, category, reason } = row;
  return { at: iso8601(row.at), account_sid, category, count, usage, price, key, reason };
}

/** The text below the events. */
export function explanationText(explained: Explained): string {
  const { category, start_date, end_date, scope, total, events, record, sum } = explained;
  const figures = (shown: ShownSum) =>
    `count ${shown.count}, usage ${shown.usage}, price ${shown.price}`;
  const whose = scope === 'tree' ? ', subaccounts included' : '';
  const lines = [
    `${category} from ${start_date} to ${end_date}${whose}: ` +
      `${total} ${total === 1 ? 'event' : 'events'}, ${figures(sum)}.`,
  ];
  if (events.length < total) {
    lines.unshift(
      `Only the newest ${events.length} are listed; name fewer days with --start-date and --end-date.`,
    );
  }
  lines.push(
    explained.is_same
      ? 'The usage record says the same.'
      : `The usage record says ${figures(record)}: run tieline verify.`,
  );
  return lines.join('\n');
}
