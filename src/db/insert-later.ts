import { PostgresAdapter } from 'kysely';
import type { Db, Tx } from './database.ts';
import { type DeedScope, scopeOf } from './deed-scope.ts';
import type { LaterWrite } from './statement.ts';
import type { Tables } from './tables/tables.ts';

type Value = string | number | null;
type Cells<R> = Record<keyof R, Value>;

/**
 * The scope of a transaction whose rows can wait for those of other deeds. SQLite has none, because
 * a statement costs less there than the gathering.
 */
export function waitingScopeOf(tx: Tx): DeedScope | undefined {
  return tx.getExecutor().adapter instanceof PostgresAdapter ? scopeOf(tx) : undefined;
}

/**
 * Makes a function that inserts rows which are new for certain, such as those of a new SID. On
 * PostgreSQL the rows of all deeds of a transaction go out in one statement, at the commit or before
 * a statement that names the table. On SQLite `insert` does it at once, which costs less there.
 */
export function insertingLater<Row extends Cells<Row>>(
  table: keyof Tables,
  insert: (tx: Db, row: Row) => Promise<unknown>,
): (tx: Tx, rows: readonly Row[]) => Promise<void> {
  const kind: LaterWrite<Row> = {
    tables: [table],
    write: (tx, rows) => insertAll(tx, table, rows),
  };
  return async (tx, rows) => {
    const scope = waitingScopeOf(tx);
    if (scope) scope.later(kind, rows);
    else for (const row of rows) await insert(tx, row);
  };
}

/**
 * Inserts rows of the same columns in one statement of PostgreSQL. They go as JSON, which PostgreSQL
 * reads by the types of the columns.
 */
async function insertAll<R extends Cells<R>>(
  tx: Tx,
  table: keyof Tables,
  rows: readonly R[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
    .toSorted()
    .map(quoted)
    .join(', ');
  await run(tx, `insert into "${table}" (${columns}) select ${columns} from ${given(table)}`, rows);
}

/** Sets columns of the rows with these keys in one statement of PostgreSQL. */
export async function updateAll<R extends Cells<R>>(
  tx: Tx,
  table: keyof Tables,
  { keys, columns }: Record<'keys' | 'columns', readonly (keyof R & string)[]>,
  rows: readonly R[],
): Promise<void> {
  const sets = columns.toSorted().map((name) => `${quoted(name)} = given.${quoted(name)}`);
  const matches = keys.map((name) => `${quoted(table)}.${quoted(name)} = given.${quoted(name)}`);
  const text =
    `update "${table}" set ${sets.join(', ')} from ${given(table)} as given ` +
    `where ${matches.join(' and ')}`;
  await run(tx, text, rows);
}

/** Runs a statement whose only parameter is rows as JSON. */
export async function run(tx: Tx, text: string, rows: readonly object[]): Promise<void> {
  await scopeOf(tx)?.run(text, [JSON.stringify(rows, wellFormed)]);
}

/** The rows of the only parameter, with the columns of a table. */
export function given(table: keyof Tables): string {
  return `json_populate_recordset(null::"${table}", cast($1 as json))`;
}

function quoted(name: string): string {
  return `"${name}"`;
}

/** Replaces halves of surrogate pairs, as the protocol does. PostgreSQL refuses them in JSON. */
function wellFormed(_name: string, value: unknown): unknown {
  return typeof value === 'string' ? value.toWellFormed() : value;
}
