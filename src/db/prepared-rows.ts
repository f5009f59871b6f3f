import { type CompiledQuery, type Kysely, PostgresAdapter } from 'kysely';
import { scopeOf } from './deed-scope.ts';
import { arrayOf } from './postgres/array.ts';
import { runNow } from './sqlite.ts';
import type { Tables } from './tables/tables.ts';

type Value = string | number | null;

/** A placeholder for a column of a row, in a query that is compiled before the rows are known. */
class Cell {
  readonly column: string;
  constructor(column: string) {
    this.column = column;
  }
}

/**
 * The numbers of rows in one statement of SQLite, which takes 32,766 parameters at most. With
 * powers of two, any number of rows needs few statements, and there are few texts to prepare.
 */
const SIZES = [256, 128, 64, 32, 16, 8, 4, 2, 1] as const;
/** The same for PostgreSQL, where each column is one parameter unless there is only one row. */
const SIZES_OF_ARRAYS = [10_000, 1] as const;

/** A compiled statement over rows, and the function that turns rows into its parameters. */
interface Compiled<R> {
  readonly query: CompiledQuery<R>;
  readonly parametersOf: (rows: readonly Record<string, Value>[]) => readonly unknown[];
}

/**
 * Makes a query over many rows, such as an insert, that is compiled once for an engine. The rows
 * keep their order, within a statement and from one statement to the next.
 *
 * `build` gets a placeholder for one row and must pass it to one list of values, whose columns are
 * `column1`, `column2` and so on. On SQLite the list is repeated for each row. On PostgreSQL it
 * becomes one array for each column: that costs half as much as a parameter for each cell, and any
 * number of rows has the same text and plan. A column that may hold null must hold text.
 */
export function preparedRows<Row extends Record<keyof Row, Value>, R>(
  build: (db: Kysely<Tables>, rows: Row[]) => { compile(): CompiledQuery<R> },
): (db: Kysely<Tables>, rows: readonly Row[]) => Promise<R[]> {
  const compiled = new WeakMap<object, Map<number, Compiled<R>>>();
  const compile = (db: Kysely<Tables>, first: Row, size: number): Compiled<R> => {
    const { adapter } = db.getExecutor();
    let sizes = compiled.get(adapter.constructor);
    if (!sizes) compiled.set(adapter.constructor, (sizes = new Map()));
    let found = sizes.get(size);
    if (!found) {
      const query = build(db, [standInFor(first) as Row]).compile();
      found =
        adapter instanceof PostgresAdapter ? withTypes(query, first, size) : withRows(query, size);
      sizes.set(size, found);
    }
    return found;
  };
  return async (db, rows) => {
    const parts: Promise<R[]>[] = [];
    const scope = scopeOf(db);
    for (let done = 0; done < rows.length; ) {
      const size = sizeOf(db, rows.length - done);
      const { query, parametersOf } = compile(db, rows[0] as Row, size);
      const parameters = parametersOf(rows.slice(done, done + size));
      done += size;
      if (scope) {
        // All parts go out at once: the rows may have to be ahead of another statement.
        parts.push(scope.run(query.sql, parameters) as Promise<R[]>);
      } else {
        const now = runNow(db, query.sql, parameters) as R[] | null;
        const found = now ?? (await db.executeQuery<R>({ ...query, parameters })).rows;
        parts.push(Promise.resolve(found));
      }
    }
    return (await Promise.all(parts)).flat();
  };
}

function sizeOf(db: Kysely<Tables>, left: number): number {
  const isPostgres = db.getExecutor().adapter instanceof PostgresAdapter;
  if (isPostgres) return SIZES_OF_ARRAYS[left > 1 ? 0 : 1];
  return SIZES.find((size) => size <= left) ?? 1;
}

function standInFor(row: object): unknown {
  return Object.fromEntries(Object.keys(row).map((column) => [column, new Cell(column)]));
}

/** The columns of a query, in the order of its parameters. */
function columnsOf({ parameters }: CompiledQuery): string[] {
  return parameters.map((cell) => {
    if (cell instanceof Cell) return cell.column;
    throw new TypeError('A query over rows takes nothing but their cells.');
  });
}

/** Makes one parameter for each cell. */
function cellsOf(columns: readonly string[]): Compiled<unknown>['parametersOf'] {
  return (rows) => {
    const values: unknown[] = [];
    for (const row of rows) {
      for (const column of columns) values.push(row[column]);
    }
    return values;
  };
}

/** The query for SQLite: `values (?, ?)` becomes `values (?, ?), (?, ?)`. */
function withRows<R>(query: CompiledQuery<R>, size: number): Compiled<R> {
  const columns = columnsOf(query);
  const row = `(${columns.map(() => '?').join(', ')})`;
  const list = `values ${Array.from({ length: size }, () => row).join(', ')}`;
  return { query: withList(query, `values ${row}`, list), parametersOf: cellsOf(columns) };
}

/** @throws TypeError when the query has no list of values, or one with more than the row. */
function withList<R>(query: CompiledQuery<R>, found: string, list: string): CompiledQuery<R> {
  const { sql } = query;
  if (!sql.includes(found)) throw new TypeError('A query over rows takes one list of values.');
  return { ...query, sql: sql.replace(found, () => list) };
}

/**
 * The query for PostgreSQL, with the types of its columns: it reads an untyped parameter in a list
 * of values as text. `values ($1, $2)` becomes `values ($1::text, $2::bigint)`, and for more than
 * one row `select * from unnest((select $1::text[]), (select $2::bigint[]))`.
 *
 * The inner `select` hides the lengths of the arrays from PostgreSQL's planner. It would plan short
 * arrays anew each time, which costs as much as running the statement, and would read whole tables
 * for long ones.
 */
function withTypes<R>(
  query: CompiledQuery<R>,
  first: Readonly<Record<string, Value>>,
  size: number,
): Compiled<R> {
  const columns = columnsOf(query);
  const places = columns.map((_, index) => `$${index + 1}`);
  const types = columns.map((column) => (typeof first[column] === 'number' ? 'bigint' : 'text'));
  const typed = places.map((place, index) =>
    size > 1 ? `(select ${place}::${types[index]}[])` : `${place}::${types[index]}`,
  );
  const names = places.map((_, index) => `column${index + 1}`);
  const list =
    size > 1
      ? `select * from unnest(${typed.join(', ')}) as given (${names.join(', ')})`
      : `values (${typed.join(', ')})`;
  return {
    query: withList(query, `values (${places.join(', ')})`, list),
    parametersOf:
      size > 1
        ? (rows) => columns.map((column) => arrayOf(rows.map((row) => row[column])))
        : cellsOf(columns),
  };
}
