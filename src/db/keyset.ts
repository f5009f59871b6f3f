import { type SelectQueryBuilder, sql } from 'kysely';
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
}

export interface Page<Row> {
  readonly rows: Row[];
  readonly has_next: boolean;
  readonly has_previous: boolean;
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
  const list = query as unknown as SelectQueryBuilder<Tables, 'accounts', Row>;
  const { from, page, page_size } = request;
  const backwards = from?.direction === 'before';
  const order = backwards ? 'asc' : 'desc';
  let ordered = list
    .orderBy('date_created', order)
    .orderBy('sid', order)
    .limit(neverBound(page_size + 1));
  if (from) {
    const { date_created, sid } = from.position;
    ordered = ordered.where((eb) =>
      eb(eb.refTuple('date_created', 'sid'), backwards ? '>' : '<', eb.tuple(date_created, sid)),
    );
  } else if (page > 0) {
    ordered = ordered.offset(neverBound(page * page_size));
  }
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

/** The row of a statement that must have found one. */
export function oneRow<Row>([row]: readonly Row[]): Row {
  if (row === undefined) throw new Error('A row that must exist is not there');
  return row;
}
