import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { SqliteAdapter, SqliteDialect } from 'kysely';

/** The only file that knows `node:sqlite`, whose surface still changes between Node releases. */

const STATEMENT_CACHE_SIZE = 500;
const BUSY_TIMEOUT_MS = 5_000;

interface PreparedStatement {
  readonly reader: boolean;
  all(parameters: readonly unknown[]): unknown[];
  run(parameters: readonly unknown[]): {
    changes: number | bigint;
    lastInsertRowid: number | bigint;
  };
  iterate(parameters: readonly unknown[]): IterableIterator<unknown>;
}

/** `node:sqlite` in the shape that Kysely's dialect drives, with its prepared statements kept. */
class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSync) {
    this.#database = database;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  prepare(sql: string): PreparedStatement {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    const prepared = prepare(this.#database.prepare(sql));
    if (this.#statements.size >= STATEMENT_CACHE_SIZE) this.#statements.clear();
    this.#statements.set(sql, prepared);
    return prepared;
  }
}

function prepare(statement: StatementSync): PreparedStatement {
  return {
    reader: statement.columns().length > 0,
    all: (parameters) => statement.all(...bindable(parameters)),
    run: (parameters) => statement.run(...bindable(parameters)),
    iterate: (parameters) => statement.iterate(...bindable(parameters)),
  };
}

/** `node:sqlite` would take an object as a set of named parameters and bind nothing at all. */
function bindable(parameters: readonly unknown[]): SQLInputValue[] {
  for (const value of parameters) {
    if (value === undefined || (typeof value === 'object' && value !== null)) {
      throw new TypeError(`a ${typeof value} cannot be a query parameter`);
    }
  }
  return parameters as SQLInputValue[];
}

class TransactionalDdlAdapter extends SqliteAdapter {
  /** SQLite can undo a half-run migration; Kysely's default does not use that. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDialect extends SqliteDialect {
  override createAdapter(): SqliteAdapter {
    return new TransactionalDdlAdapter();
  }
}

/** @param location a file, or `:memory:`. */
export function sqliteDialect(location: string, readOnly = false): SqliteDialect {
  const database = new DatabaseSync(location, { timeout: BUSY_TIMEOUT_MS, readOnly });
  if (readOnly) return new NodeSqliteDialect({ database: new SqliteConnection(database) });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return new NodeSqliteDialect({ database: new SqliteConnection(database) });
}

/**
 * Takes the right to write to a data folder, or returns null when another process has it.
 * The lock is the operating system's and ends with the process, however that ends.
 */
export function lockWriter(file: string): { release(): void } | null {
  const lock = new DatabaseSync(file);
  try {
    lock.exec('BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  return { release: () => lock.close() };
}

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
const SQLITE_CONSTRAINT_PRIMARYKEY = 1555;
const SQLITE_CONSTRAINT_UNIQUE = 2067;

/** SQLite's result code of a thrown error: the primary one, and the extended one. */
function resultCode(error: unknown): { primary: number; extended: number } {
  const extended = (error as { errcode?: unknown } | null)?.errcode;
  return typeof extended === 'number'
    ? { primary: extended & 0xff, extended }
    : { primary: 0, extended: 0 };
}

export function isSqliteUniqueViolation(error: unknown): boolean {
  const { extended } = resultCode(error);
  return extended === SQLITE_CONSTRAINT_UNIQUE || extended === SQLITE_CONSTRAINT_PRIMARYKEY;
}

/** Whether the engine could not do it now, through no fault of the statement. */
export function isSqliteOutage(error: unknown): boolean {
  return [SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR].includes(resultCode(error).primary);
}
