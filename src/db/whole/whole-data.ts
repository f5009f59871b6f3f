import { CompiledQuery, type Kysely, sql } from 'kysely';
import type { Database, Engine, Tx } from '../database.ts';
import { MIGRATIONS } from '../migrations/all-migrations.ts';
import { runNow } from '../sqlite.ts';
import { ALL_TABLES } from '../tables/all-tables.ts';
import type { Tables } from '../tables/tables.ts';

/** A row of any table. */
export type Row = Readonly<Record<string, string | number | null>>;
/** Access to tables by names that are known only when it runs. */
export type AnyTable = Kysely<Record<string, Row>>;

/** Rows that are read, or written, by one statement. */
export const ROWS_AT_ONCE = 500;

/**
 * The longest pause between two reads, while pages go to a slow disk. The reader holds no locks.
 */
const PAUSE_MS = 5 * 60_000;

/** The schema of the rows of this version: the name of the last migration. */
export const SCHEMA = Object.keys(MIGRATIONS).at(-1) ?? '';

/**
 * Reads within one transaction that sees the same state of the data from beginning to end. A server
 * may write meanwhile. An error that `work` throws ends the reading.
 */
export async function readAtOneMoment(
  database: Database,
  work: (db: AnyTable) => Promise<void>,
): Promise<void> {
  const transaction = database.db.transaction();
  const isolated =
    database.engine === 'postgres'
      ? transaction.setIsolationLevel('repeatable read').setAccessMode('read only')
      : transaction;
  await isolated.execute(async (tx) => {
    if (database.engine === 'postgres') {
      await sql.raw(`set local idle_in_transaction_session_timeout = ${PAUSE_MS}`).execute(tx);
    }
    await work(tx as unknown as AnyTable);
  });
}

/** A table's rows in the order of their primary key, in pages. An empty table gives no page. */
export async function* pagesOf(db: AnyTable, table: keyof Tables): AsyncGenerator<readonly Row[]> {
  const key = ALL_TABLES[table];
  for (let last: Row | undefined; ; ) {
    let query = db.selectFrom(table).selectAll().limit(ROWS_AT_ONCE);
    for (const column of key) query = query.orderBy(column);
    if (last) {
      const columns = sql.join(key.map((column) => sql.ref(column)));
      const position = sql.join(key.map((column) => last?.[column]));
      query = query.where(sql<boolean>`(${columns}) > (${position})`);
    }
    const rows = await query.execute();
    if (rows.length > 0) yield rows;
    if (rows.length < ROWS_AT_ONCE) return;
    last = rows.at(-1);
  }
}

/**
 * Inserts rows that have a value for every column of their table.
 *
 * @throws TypeError when a row has other columns than the first one
 */
export async function insertRows(
  tx: Tx,
  engine: Engine,
  table: string,
  rows: readonly Row[],
): Promise<void> {
  const insert = engine === 'postgres' ? insertIntoPostgres : insertIntoSqlite;
  await insert(tx, table, rows);
}

/** Sends the rows as JSON. PostgreSQL reads it by the types of the columns. */
async function insertIntoPostgres(tx: Tx, table: string, rows: readonly Row[]): Promise<void> {
  const name = quoted(table);
  const text = `insert into ${name} select * from json_populate_recordset(null::${name}, $1::json)`;
  await tx.executeQuery(CompiledQuery.raw(text, [JSON.stringify(rows)]));
}

/** The rows of one statement on SQLite: longer ones are not quicker. */
const SQLITE_ROWS = 20;

function insertIntoSqlite(tx: Tx, table: string, rows: readonly Row[]): Promise<void> {
  const names = Object.keys(rows[0] ?? {});
  const columns = names.map(quoted).join(', ');
  const places = `(${names.map(() => '?').join(', ')})`;
  const textOf = (count: number) =>
    `insert into ${quoted(table)} (${columns}) values ${Array(count).fill(places).join(', ')}`;
  for (const count of [SQLITE_ROWS, 1]) {
    const done = count === 1 ? rows.length - (rows.length % SQLITE_ROWS) : 0;
    const text = textOf(count);
    for (let first = done; first + count <= rows.length; first += count) {
      const values: unknown[] = [];
      for (const row of rows.slice(first, first + count)) {
        for (const name of names) values.push(row[name]);
      }
      runNow(tx, text, values);
    }
  }
  return Promise.resolve();
}

const quoted = (name: string): string => `"${name.replaceAll('"', '""')}"`;
