import type { CompiledQuery, Kysely } from 'kysely';
import { runNow } from './sqlite.ts';
import type { Tables } from './tables.ts';

type Value = string | number | null;

/** Stands for a column of the n-th row in a query that is compiled before the rows are known. */
class Cell {
  readonly row: number;
  readonly column: string;
  constructor(row: number, column: string) {
    this.row = row;
    this.column = column;
  }
}

/**
 * How many rows one statement takes: powers of two, so that any number is a few statements and
 * each engine plans a few texts only. PostgreSQL takes 65,535 parameters, SQLite 32,766.
 */
const SIZES = [256, 128, 64, 32, 16, 8, 4, 2, 1] as const;

interface Compiled<R> {
  readonly query: CompiledQuery<R>;
  readonly cells: readonly unknown[];
}

/**
 * A query over many rows at once, such as an insert of all of them, that is compiled once for
 * each number of rows in `SIZES` and then only run. The rows keep their order, within a statement
 * and from one to the next.
 *
 * `build` gets stand-ins for the rows and must use each cell as a plain value.
 */
export function preparedRows<Row extends Record<keyof Row, Value>, R>(
  build: (db: Kysely<Tables>, rows: Row[]) => { compile(): CompiledQuery<R> },
): (db: Kysely<Tables>, rows: readonly Row[]) => Promise<R[]> {
  const compiled = new WeakMap<object, Map<number, Compiled<R>>>();
  const compile = (db: Kysely<Tables>, first: Row, size: number): Compiled<R> => {
    const { adapter } = db.getExecutor();
    let sizes = compiled.get(adapter);
    if (!sizes) compiled.set(adapter, (sizes = new Map()));
    let found = sizes.get(size);
    if (!found) {
      const columns = Object.keys(first);
      const rows = Array.from({ length: size }, (_, row) =>
        Object.fromEntries(columns.map((column) => [column, new Cell(row, column)])),
      );
      const query = build(db, rows as unknown as Row[]).compile();
      found = { query, cells: query.parameters };
      sizes.set(size, found);
    }
    return found;
  };
  return async (db, rows) => {
    const results: R[] = [];
    let done = 0;
    for (const size of SIZES) {
      while (rows.length - done >= size) {
        const { query, cells } = compile(db, rows[0] as Row, size);
        const start = done;
        const values = cells.map((cell) =>
          cell instanceof Cell
            ? (rows[start + cell.row] as Record<string, Value>)[cell.column]
            : cell,
        );
        const now = runNow(db, query.sql, values) as R[] | null;
        const found = now ?? (await db.executeQuery<R>({ ...query, parameters: values })).rows;
        results.push(...found);
        done += size;
      }
    }
    return results;
  };
}
