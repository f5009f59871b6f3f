import type { Db } from '../../db/database.ts';
import { type Form, singleValue } from '../../http/parameters/form.ts';
import { badParameter } from '../../kit/api-error.ts';
import { DAY_MS, type Day, dateText, readDate, startOf, startOfNext } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { CATEGORIES, type Category, TOTAL_PRICE } from '../../usage/category.ts';
import type { Sums } from '../../usage/usage-event.ts';
import {
  type EventsQuery,
  type ExplainedRow,
  listEventsPage,
} from '../../usage/usage-ledger-store.ts';
import { fetchUsage } from '../../usage/usage-store.ts';
import { type Ends, fetchEnds, type StatedGrant } from './statement-store.ts';

/** The items of one page, and of the page for printing. */
const PAGE_ITEMS = 50;
export const PRINTED_ITEMS = 2_000;
/** The longest key of an event. */
const MAX_KEY = 500;
const SID = /^[A-Z]{2}[0-9a-f]{32}/;

/** The part of a statement that somebody asks for. */
export interface StatementFilter {
  /** The first day of the month. */
  readonly month: Day;
  /** The only category whose items are listed; null: all. */
  readonly category: Category | null;
  /** The key of the last item before the page. */
  readonly after: string | null;
  readonly is_printed: boolean;
}

/** @throws ApiError 400 that names the parameter */
export function readStatementFilter(query: Form, today: Day): StatementFilter {
  const given = (name: string) => singleValue(query, name) || null;
  const name = given('category');
  const category = name === null ? null : (CATEGORIES.get(name) ?? null);
  if (name !== null && category === null) throw badParameter('category', 'is not a usage category');
  const after = given('after');
  if (after !== null && (after.includes('\0') || after.length > MAX_KEY)) {
    throw badParameter('after', 'must be the key of an item');
  }
  return {
    month: readMonth(given('month'), today),
    category,
    after,
    is_printed: given('print') !== null,
  };
}

function readMonth(text: string | null, today: Day): Day {
  if (text === null) return startOf('m', today);
  const month = /^\d{4}-\d{2}$/.test(text) ? readDate(`${text}-01`) : null;
  if (month === null || month > today) {
    throw badParameter('month', 'must be a month such as 2026-03 that has begun');
  }
  return month;
}

/** `2026-03` */
export function monthText(month: Day): string {
  return dateText(month).slice(0, 'YYYY-MM'.length);
}

/** The usage that was counted in a category itself, and in none below it. */
interface StatementLine extends Sums {
  readonly category: Category;
}

/** The sums of an app's subaccount in a month. */
export interface StatementSums {
  readonly total: Micro;
  readonly lines: readonly StatementLine[];
  /** The sums of whole categories with those below them, by name. */
  readonly of: ReadonlyMap<string, Sums>;
}

/** Reads the counters, which the transaction of each event updates. */
export async function readSums(
  db: Db,
  { account_sid: root_sid, subaccount_sid }: StatedGrant,
  month: Day,
): Promise<StatementSums> {
  const of = { root_sid, account_sid: subaccount_sid, scope: 'own', category: null } as const;
  const found = await fetchUsage(db, of, [{ period: 'm', first: month, last: month }]);
  const used = new Map<string, Sums>(found.map((one) => [one.category, one]));
  const lines = [...CATEGORIES.values()].flatMap((category): StatementLine[] => {
    if (category.name === TOTAL_PRICE) return [];
    const own = ownOf(category, used);
    return own.count || own.usage_micro || own.price_micro ? [{ category, ...own }] : [];
  });
  return { total: used.get(TOTAL_PRICE)?.price_micro ?? 0, lines, of: used };
}

function ownOf({ name }: Category, used: ReadonlyMap<string, Sums>): Sums {
  const own = { count: 0, usage_micro: 0, price_micro: 0, ...used.get(name) };
  for (const [below, sums] of used) {
    if (CATEGORIES.get(below)?.levels[1] !== name) continue;
    own.count -= sums.count;
    own.usage_micro -= sums.usage_micro;
    own.price_micro -= sums.price_micro;
  }
  const { count, usage_micro, price_micro } = own;
  return { count, usage_micro, price_micro };
}

/** The cost of each day of a month, for the days that have begun. */
export async function readDays(
  db: Db,
  { account_sid: root_sid, subaccount_sid }: StatedGrant,
  { month, today }: { readonly month: Day; readonly today: Day },
): Promise<Micro[]> {
  const last = Math.min(startOfNext('m', month) - 1, today);
  const of = {
    root_sid,
    account_sid: subaccount_sid,
    scope: 'own',
    category: TOTAL_PRICE,
  } as const;
  const found = await fetchUsage(db, of, [{ period: 'd', first: month, last }]);
  const costs = new Map(found.map(({ start, price_micro }) => [start, price_micro]));
  return Array.from({ length: last - month + 1 }, (_, at) => costs.get(month + at) ?? 0);
}

/** One event of the ledger, with the ends of its message or call. */
export interface StatementItem extends ExplainedRow {
  /** The SID that the key begins with; null for an event of the operator's meters. */
  readonly sid: string | null;
  readonly ends: Ends | null;
}

/** A page of the items of a month, by key: those of one kind stand together, the oldest first. */
export async function readItems(
  db: Db,
  grant: StatedGrant,
  { month, category, after, is_printed }: StatementFilter,
): Promise<{ readonly items: readonly StatementItem[]; readonly has_next: boolean }> {
  const rows = is_printed ? PRINTED_ITEMS : PAGE_ITEMS;
  const query = queryOf(grant, { month, category });
  const from = after === null ? null : { account_sid: grant.subaccount_sid, key: after };
  const found = await listEventsPage(db, query, from, rows + 1);
  const items = await withEnds(db, grant, found.slice(0, rows));
  return { items, has_next: found.length > rows };
}

/** The number of items that are read at once for a file. */
const AT_ONCE = 1_000;

/** All items of a month, in the same order. Only some of them are in memory at a time. */
export async function* streamItems(
  db: Db,
  grant: StatedGrant,
  asked: Pick<StatementFilter, 'month' | 'category'>,
): AsyncGenerator<readonly StatementItem[]> {
  const query = queryOf(grant, asked);
  let page: ExplainedRow[] = [];
  do {
    page = await listEventsPage(db, query, page.at(-1) ?? null, AT_ONCE);
    if (page.length > 0) yield await withEnds(db, grant, page);
  } while (page.length === AT_ONCE);
}

function queryOf(
  { account_sid: root_sid, subaccount_sid }: StatedGrant,
  { month, category }: Pick<StatementFilter, 'month' | 'category'>,
): EventsQuery {
  return {
    root_sid,
    account_sid: subaccount_sid,
    from: month * DAY_MS,
    before: startOfNext('m', month) * DAY_MS,
    categories: category === null ? null : [category.name],
  };
}

async function withEnds(
  db: Db,
  { subaccount_sid }: StatedGrant,
  rows: readonly ExplainedRow[],
): Promise<StatementItem[]> {
  const sids = rows.map(({ key }) => SID.exec(key)?.[0] ?? null);
  const ends = await fetchEnds(
    db,
    subaccount_sid,
    sids.filter((sid) => sid !== null),
  );
  return rows.map((row, at) => {
    const sid = sids[at] ?? null;
    return { ...row, sid, ends: (sid !== null && ends.get(sid)) || null };
  });
}
