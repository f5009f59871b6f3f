import { PostgresAdapter } from 'kysely';
import type { Db, Tx } from './database.ts';
import { scopeOf } from './deed-scope.ts';
import type { LaterWrite } from './statement.ts';
import type { Tables } from './tables/tables.ts';

type Value = string | number | null;

/**
 * Makes a function that inserts rows which are new for certain, such as those of a new SID. On
 * PostgreSQL the rows of all deeds of a transaction go out in one statement, at the commit or before
 * a statement that names the table. On SQLite `insert` does it at once, which costs less there.
 */
export function insertingLater<Row extends Record<keyof Row, Value>>(
  table: keyof Tables,
  insert: (tx: Db, row: Row) => Promise<unknown>,
): (tx: Tx, rows: readonly Row[]) => Promise<void> {
  const kind: LaterWrite<Row> = {
    tables: [table],
    write: (tx, rows) => insertAll(tx, table, rows),
  };
  return async (tx, rows) => {
    const scope = scopeOf(tx);
    if (scope && tx.getExecutor().adapter instanceof PostgresAdapter) scope.later(kind, rows);
    else for (const row of rows) await insert(tx, row);
  };
}

/** Sends rows of the same columns as JSON. PostgreSQL reads it by the types of the columns. */
async function insertAll<Row extends Record<keyof Row, Value>>(
  tx: Tx,
  table: keyof Tables,
  rows: readonly Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .toSorted()
    .map((column) => `"${column}"`)
    .join(', ');
  const text =
    `insert into "${table}" (${columns}) ` +
    `select ${columns} from json_populate_recordset(null::"${table}", cast($1 as json))`;
  await scopeOf(tx)?.run(text, [JSON.stringify(rows, wellFormed)]);
}

/** Replaces halves of surrogate pairs, as the protocol does. PostgreSQL refuses them in JSON. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
