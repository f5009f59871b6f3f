import {
  PostgresAdapter,
  type RawBuilder,
  type SelectQueryBuilder,
  type SqlBool,
  sql,
} from 'kysely';
import type { Db } from './database.ts';
import type { Tables } from './tables/tables.ts';

/** A place in a list, given by a row. */
export interface Position {
  readonly date_created: number;
  readonly sid: string;
}

/** The rows of a list that a page shows, newest first. */
export interface PageRequest {
  readonly page: number;
  readonly page_size: number;
  /** `after`: the rows older than this one; `before`: the rows newer than it. */
  readonly from: { readonly direction: 'after' | 'before'; readonly position: Position } | null;
  /** Whether the client has gone, so that nobody needs the page. */
  readonly isGone?: () => boolean;
}

export interface Page<Row> {
  readonly rows: Row[];
  readonly has_next: boolean;
  readonly has_previous: boolean;
  /** The place that a search reached before the page was full. The next page goes on from there. */
  readonly searched_to?: Position | undefined;
}

/**
 * Runs a list query for one page. The index on (…, date_created, sid) finds a position, so page
 * 10,000 costs as much as page 1. A page number without a position skips rows by counting; the HTTP
 * layer limits how many.
 */
export async function fetchPage<Table extends ListTable, Row extends Position>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  request: PageRequest,
): Promise<Page<Row>> {
  const { from, page, page_size } = request;
  const backwards = from?.direction === 'before';
  let ordered = inOrder(query as unknown as AnyList<Row>, request).limit(neverBound(page_size + 1));
  if (!from && page > 0) ordered = ordered.offset(neverBound(page * page_size));
  const found = await ordered.execute();
  const more = found.length > page_size;
  const rows = more ? found.slice(0, page_size) : found;
  if (backwards) rows.reverse();
  return {
    rows,
    has_next: backwards || more,
    has_previous: backwards ? more : from !== null || page > 0,
  };
}

/** The rows of a list from the place of a request on, in its direction. */
function inOrder<Row>(list: AnyList<Row>, { from }: PageRequest): AnyList<Row> {
  const backwards = from?.direction === 'before';
  const order = backwards ? 'asc' : 'desc';
  const ordered = list.orderBy('date_created', order).orderBy('sid', order);
  if (!from) return ordered;
  const { date_created, sid } = from.position;
  return ordered.where((eb) =>
    eb(eb.refTuple('date_created', 'sid'), backwards ? '>' : '<', eb.tuple(date_created, sid)),
  );
}

/** The rows that one query of a search looks through. Other requests go on between two queries. */
export const SEARCHED_AT_ONCE = 10_000;

/** A condition on columns that no index has. */
export type Condition = RawBuilder<SqlBool>;

/** A condition that a column has a value. No index answers it, even if one could. */
export function equal(column: string, value: string | number): Condition {
  return sql<SqlBool>`${unindexed(column)} = ${value}`;
}

/**
 * One page of the rows that meet all conditions, as far as they are among the next rows of a list.
 * Without conditions it is a page of the list. `searched_to` says when the search stopped early.
 */
export async function searchPage<Table extends ListTable, Row extends Position>(
  query: SelectQueryBuilder<Tables, Table, Row>,
  conditions: readonly Condition[],
  request: PageRequest,
): Promise<Page<Row>> {
  if (conditions.length === 0) return await fetchPage(query, request);
  const list = query as unknown as AnyList<Row>;
  const backwards = request.from?.direction === 'before';
  const [searched_to] = await inOrder(list, request)
    .clearSelect()
    .select(['date_created', 'sid'])
    .limit(1)
    .offset(neverBound(SEARCHED_AT_ONCE - 1))
    .execute();
  let matching = list;
  for (const condition of conditions) matching = matching.where(condition);
  if (searched_to) {
    const { date_created, sid } = searched_to;
    matching = matching.where((eb) =>
      eb(eb.refTuple('date_created', 'sid'), backwards ? '<=' : '>=', eb.tuple(date_created, sid)),
    );
  }
  const page = await fetchPage(matching, request);
  if (!searched_to || (backwards ? page.has_previous : page.has_next)) return page;
  return { ...page, [backwards ? 'has_previous' : 'has_next']: true, searched_to };
}

/**
 * One whole page of the rows that meet all conditions. The search goes on until the page is full,
 * the list ends or the client has gone.
 */
export async function searchWholePage<Table extends ListTable, Row extends Position>(
  db: Db,
  query: SelectQueryBuilder<Tables, Table, Row>,
  conditions: readonly Condition[],
  request: PageRequest,
): Promise<Page<Row>> {
  if (conditions.length === 0) return await fetchPage(query, request);
  const { page_size, from } = request;
  const backwards = from?.direction === 'before';
  // A page that is found by its number begins behind all rows before it.
  const skipped = from ? 0 : request.page * page_size;
  const wanted = skipped + page_size;
  let rows: Row[] = [];
  let next: PageRequest = { ...request, page: 0, page_size: wanted };
  for (;;) {
    const found = await searchPage(query, conditions, next);
    rows = backwards ? [...found.rows, ...rows] : [...rows, ...found.rows];
    const { searched_to } = found;
    if (!searched_to || rows.length > wanted || request.isGone?.()) {
      const more = (backwards ? found.has_previous : found.has_next) || rows.length > wanted;
      const shown = backwards ? rows.slice(-page_size) : rows.slice(skipped, wanted);
      return {
        rows: shown,
        has_next: backwards || more,
        has_previous: backwards ? more : from !== null || request.page > 0,
      };
    }
    await othersFirst(db);
    const position = { direction: backwards ? 'before' : 'after', position: searched_to } as const;
    next = { ...next, from: position, page_size: Math.max(wanted - rows.length, 1) };
  }
}

type AnyList<Row> = SelectQueryBuilder<Tables, 'accounts', Row>;

/** The searches that go on, by their database: each waits for the query of the one before. */
const SEARCHES = new WeakMap<object, Promise<void>>();

/**
 * Lets all requests that wait go on. Searches take turns, one query in each turn of the event loop,
 * so many of them delay other requests no longer than one.
 */
async function othersFirst(db: Db): Promise<void> {
  // Each request may have its own database over the same connections.
  const { adapter } = db.getExecutor();
  const before = SEARCHES.get(adapter);
  const turn = (async () => {
    await before;
    await new Promise((resolve) => setImmediate(resolve));
  })();
  SEARCHES.set(adapter, turn);
  await turn;
}

/**
 * A number for LIMIT and OFFSET, written as an expression. SQLite prepares a statement again each
 * time when a bare parameter is in that place.
 */
function neverBound(number: number) {
  return sql<number>`${number} + 0`;
}

/** The tables that have a list: tables with a creation date and a SID. */
type ListTable = {
  [Name in keyof Tables]: Tables[Name] extends Position ? Name : never;
}[keyof Tables];

/**
 * A column that no index finds, so that a search goes by its other conditions. Without statistics
 * SQLite prefers an index that gives the wanted order, and reads all rows of an account to find a
 * few.
 */
export function unindexed(column: string) {
  return sql<string>`${sql.ref(column)} || ''`;
}

/**
 * A condition by whose index the rows are to be found. Without statistics SQLite prefers an index
 * that bounds the dates of a list from both sides, and reads all rows of an account between them.
 */
export function rare(db: Db, column: string, value: string): Condition {
  const isSo = sql<SqlBool>`${sql.ref(column)} = ${value}`;
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  return isPostgres ? isSo : sql<SqlBool>`likelihood(${isSo}, 0.0001)`;
}

/** The row of a statement that must have found one. */
export function oneRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('A row that must exist is not there');
  return row;
}
