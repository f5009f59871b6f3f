import type { Account } from '../accounts/account.ts';
import type { Db } from '../db/database.ts';
import { DAY_MS } from '../kit/day.ts';
import { CATEGORIES, type Category, TOTAL_PRICE } from './category.ts';
import { addTo, emptySum, type LedgerSum, readSum } from './ledger-sum.ts';
import { listUsage } from './list-usage.ts';
import { type EventsQuery, type ExplainedRow, listEventsPage } from './usage-ledger-store.ts';
import type { Days } from './usage-range.ts';

/** The most events that are listed, the newest ones. All events are added up. */
export const MAX_EXPLAINED = 1_000;
/** The number of rows that one query reads. */
const ROWS_AT_ONCE = 5_000;

/** A usage record, and the events behind it. */
export interface Explanation {
  /** The newest events behind the record, the oldest of them first; at most `MAX_EXPLAINED`. */
  readonly events: readonly ExplainedRow[];
  /** The number of all events, and their sum. */
  readonly total: number;
  readonly sum: LedgerSum;
  /** The record that the API shows. */
  readonly record: LedgerSum;
}

/**
 * Finds the events behind one usage record: the events of its category and of those below it, or
 * for `totalprice` every event with a price. The time grows with the account's events; the memory
 * does not.
 *
 * @param db a transaction that sees the same state of the data in all queries
 */
export async function explainUsage(
  db: Db,
  account: Pick<Account, 'sid' | 'owner_account_sid'>,
  { category, scope, days }: { category: Category; scope: 'own' | 'tree'; days: Days },
): Promise<Explanation> {
  const isTotal = category.name === TOTAL_PRICE;
  const root_sid = account.owner_account_sid;
  const query: EventsQuery = {
    root_sid,
    account_sid: scope === 'own' ? account.sid : null,
    from: days.first * DAY_MS,
    before: (days.last + 1) * DAY_MS,
    categories: isTotal ? null : withThoseBelow(category),
  };
  const sum = emptySum();
  let newest: ExplainedRow[] = [];
  let total = 0;
  let page: ExplainedRow[] = [];
  do {
    page = await listEventsPage(db, query, page.at(-1) ?? null, ROWS_AT_ONCE);
    const counted = isTotal ? page.filter(({ price_micro }) => price_micro !== '0') : page;
    for (const row of counted) addTo(sum, readSum(row));
    total += counted.length;
    newest = [...newest, ...counted].toSorted((a, b) => a.at - b.at).slice(-MAX_EXPLAINED);
  } while (page.length === ROWS_AT_ONCE);
  const record = await readRecord(
    db,
    { root_sid, account_sid: account.sid, scope },
    category,
    days,
  );
  if (isTotal) Object.assign(sum, { count: 0n, usage_micro: 0n });
  return { events: newest, total, sum, record };
}

function withThoseBelow({ name }: Category): string[] {
  return [...CATEGORIES.values()]
    .filter(({ levels }) => levels.includes(name))
    .map((category) => category.name);
}

/** Reads the record with the same query as the API. */
async function readRecord(
  db: Db,
  of: { root_sid: string; account_sid: string; scope: 'own' | 'tree' },
  category: Category,
  days: Days,
): Promise<LedgerSum> {
  const { rows } = await listUsage(
    db,
    { ...of, category: category.name },
    { periods: [days], categories: [category] },
    { page: 0, page_size: 1, from: null },
  );
  const { count = 0, usage_micro = 0, price_micro = 0 } = rows[0]?.used ?? {};
  return {
    count: BigInt(count),
    usage_micro: BigInt(usage_micro),
    price_micro: BigInt(price_micro),
  };
}
