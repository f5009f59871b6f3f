import type { Db } from '../db/database.ts';

/** The number of rows that one query reads. */
export const ROWS_AT_ONCE = 1_000;

/** Goes through all rows of a list in the order of their SIDs, a page at a time. */
export async function inPages<Row extends { readonly sid: string }>(
  db: Db,
  list: (db: Db, after: string, limit: number) => Promise<Row[]>,
  look: (row: Row) => void,
): Promise<void> {
  let page: Row[] = [];
  do {
    page = await list(db, page.at(-1)?.sid ?? '', ROWS_AT_ONCE);
    for (const row of page) look(row);
  } while (page.length === ROWS_AT_ONCE);
}
