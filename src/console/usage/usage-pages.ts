import type { Account } from '../../accounts/account.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import { type AccountCall, accountPage, type Page, view } from '../../http/pages/page.ts';
import { badParameter } from '../../kit/api-error.ts';
import { dateText, dayOf } from '../../kit/day.ts';
import { plainDecimalOf } from '../../kit/money.ts';
import { CATEGORIES, TOTAL_PRICE } from '../../usage/category.ts';
import { listUsage } from '../../usage/list-usage.ts';
import { rangesOf } from '../../usage/usage-range.ts';
import { fetchUsage, type UsageQuery } from '../../usage/usage-store.ts';
import { type AppOfSubaccount, fetchAppsOfSubaccounts } from '../parts/account-list-store.ts';
import { readOrExplain } from '../parts/read-or-explain.ts';
import { accountOptions, nameOfSubaccount, OWN_ACCOUNT } from '../parts/usage-accounts.ts';
import { daysBefore, readUsageFilter, type UsageFilter } from './usage-filter.ts';
import { listPriceTriggers, listSpenders } from './usage-page-store.ts';
import type { UsageShown } from './usage-shown.ts';
import { bucketsOf, summarizeUsage } from './usage-summary.ts';
import type { AccountLine } from './usage-table-views.ts';
import { usageBody } from './usage-views.ts';

/** The pages of the usage of an account and its apps, with prices. */

const USAGE = '/console/:AccountSid/usage';
const section = 'usage';
/** The most lines of apps and accounts, the dearest first. One more line sums up the rest. */
const MAX_LINES = 25;

const usagePage = accountPage({
  id: 'Usage',
  path: USAGE,
  async show(call) {
    const { query } = call;
    const { value: shown, problem } = await readOrExplain(() => shownOf(call));
    const offered = await accountOptions(call, shown?.filter.account ?? null);
    const filled = { ...call, form: query, problem };
    return view({
      title: 'Usage',
      section,
      ...(problem && { status: 400 }),
      body: usageBody(filled, shown, offered),
    });
  },
});

/** The selection, and the counters that hold its usage. @throws ApiError 400 */
async function askedOf(call: AccountCall) {
  const { app, db, account, query } = call;
  const today = dayOf(app.now());
  const filter = readUsageFilter(query, account, today);
  const only = filter.account === null ? null : await demandOwn(call, filter.account);
  const of: UsageQuery = {
    root_sid: account.sid,
    account_sid: only?.sid ?? account.sid,
    scope: only === null ? 'tree' : 'own',
    category: null,
  };
  return { filter, only, of, today, db };
}

/** Refuses a foreign account and a missing account alike. @throws ApiError 400 */
async function demandOwn({ db, account }: AccountCall, sid: string): Promise<Account> {
  const found = await fetchAccount(db, sid);
  if (found?.owner_account_sid !== account.sid) {
    throw badParameter('account', 'must be one of the list');
  }
  return found;
}

async function shownOf(call: AccountCall): Promise<UsageShown> {
  const { filter, only, of, today, db } = await askedOf(call);
  const accounts = only === null ? await accountLines(call, filter) : null;
  const [summary, triggers] = await Promise.all([
    summarizeUsage(db, of, {
      ...filter,
      before: daysBefore(filter),
      accounts: filter.by === 'app' ? accounts : null,
      today,
    }),
    listPriceTriggers(db, of, filter.category?.name ?? TOTAL_PRICE),
  ]);
  const isUsed = summary.buckets.some((bucket) => bucket.is_used);
  const apps = only && (await fetchAppsOfSubaccounts(db, [only.sid]));
  return {
    filter,
    summary,
    accounts: isUsed ? accounts : null,
    today,
    triggers,
    account: only && nameOf(call.account, only, apps?.get(only.sid)),
    is_ever_used: isUsed || (await isEverUsed(call)),
  };
}

async function isEverUsed({ db, account: { sid } }: AccountCall): Promise<boolean> {
  const of = { root_sid: sid, account_sid: sid, scope: 'tree', category: null } as const;
  return (await fetchUsage(db, of, [{ period: 'a', first: 0, last: 0 }])).length > 0;
}

async function accountLines(call: AccountCall, filter: UsageFilter): Promise<AccountLine[]> {
  const { db, account } = call;
  const category = filter.category?.name ?? TOTAL_PRICE;
  const ranges = rangesOf(filter.days);
  const found = await listSpenders(db, account.sid, { category, ranges, limit: MAX_LINES });
  const apps = await fetchAppsOfSubaccounts(
    db,
    found.map(({ sid }) => sid),
  );
  return found.map((one) => ({
    sid: one.sid,
    name: nameOf(account, one, apps.get(one.sid)),
    price: one.price_micro,
  }));
}

function nameOf(
  main: Pick<Account, 'sid'>,
  account: Pick<Account, 'sid' | 'friendly_name'>,
  app: AppOfSubaccount | undefined,
): string {
  return account.sid === main.sid ? OWN_ACCOUNT : nameOfSubaccount(account, app);
}

const COLUMNS = [
  'StartDate',
  'EndDate',
  'Category',
  'Count',
  'CountUnit',
  'Usage',
  'UsageUnit',
  'Price',
  'PriceUnit',
];

/** The usage of every category by day, or by month or year for a longer period. */
const exportPage = accountPage({
  id: 'UsageExport',
  path: `${USAGE}/export`,
  async show(call) {
    const { filter, of, today, db } = await askedOf(call);
    const { periods } = bucketsOf(filter.days, today);
    const { category } = filter;
    const categories = [...CATEGORIES.values()].filter(
      ({ levels }) => category === null || levels.includes(category.name),
    );
    const page_size = periods.length * categories.length;
    const all = { page: 0, page_size, from: null };
    const { rows } = await listUsage(db, of, { periods, categories }, all);
    const used = rows.filter(({ used }) => used.count || used.usage_micro || used.price_micro);
    const { stringify } = await import('csv-stringify/sync');
    const lines = used.map(({ first, last, category: one, used: { count, ...sums } }) => {
      const isTotal = one.name === TOTAL_PRICE;
      const usage = isTotal ? sums.price_micro : sums.usage_micro;
      return [
        dateText(first),
        dateText(last),
        one.name,
        isTotal ? '' : count,
        one.count_unit,
        plainDecimalOf(usage),
        one.usage_unit,
        plainDecimalOf(sums.price_micro),
        'usd',
      ];
    });
    const name = `usage-${of.account_sid}-${dateText(filter.days.first)}-${dateText(filter.days.last)}`;
    return {
      kind: 'file',
      type: 'text/csv; charset=utf-8',
      bytes: stringify(lines, {
        header: true,
        columns: COLUMNS,
        quoted: true,
        record_delimiter: 'windows',
      }),
      headers: { 'content-disposition': `attachment; filename="${name}.csv"` },
    };
  },
});

export const usagePages: readonly Page[] = [usagePage, exportPage];
