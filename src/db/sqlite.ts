import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import type { Tables } from './tables/tables.ts';

/** The only file that knows `node:sqlite`, whose surface still changes between Node releases. */

const STATEMENT_CACHE_SIZE = 500;
const BUSY_TIMEOUT_MS = 5_000;

type Row = Record<string, unknown>;

interface PreparedStatement {
  readonly reader: boolean;
  readonly all: (parameters: readonly unknown[]) => Row[];
  readonly run: (parameters: readonly unknown[]) => {
    changes: number | bigint;
    lastInsertRowid: number | bigint;
  };
  readonly iterate: (parameters: readonly unknown[]) => IterableIterator<unknown>;
}

/** `node:sqlite` in the shape that Kysely's dialect drives, with its prepared statements kept. */
class SqliteConnection {
  readonly #database: DatabaseSync;
  readonly #health: FileHealth;
  readonly #statements = new Map<string, PreparedStatement>();

  constructor(database: DatabaseSync, health: FileHealth) {
    this.#database = database;
    this.#health = health;
  }

  close(): void {
    this.#statements.clear();
    this.#database.close();
  }

  prepare(sql: string): PreparedStatement {
    const kept = this.#statements.get(sql);
    if (kept) return kept;
    const prepared = this.#noting(() => prepare(this.#database.prepare(sql)));
    if (this.#statements.size >= STATEMENT_CACHE_SIZE) this.#statements.clear();
    const { reader, all, run, iterate } = prepared;
    const noted: PreparedStatement = {
      reader,
      all: (parameters) => this.#noting(() => all(parameters)),
      run: (parameters) => this.#noting(() => run(parameters)),
      iterate,
    };
    this.#statements.set(sql, noted);
    return noted;
  }

  /** Whoever asks is told of the error as ever; that the file is damaged is remembered besides. */
  #noting<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (SQLITE_DAMAGE.has(resultCode(error).primary)) this.#health.isDamaged = true;
      throw error;
    }
  }
}

/** What is known of a data file while it is open. */
export interface FileHealth {
  /** A statement met a page that is not what SQLite wrote there. */
  isDamaged: boolean;
}

function prepare(statement: StatementSync): PreparedStatement {
  const names = statement.columns().map(({ name }) => name);
  if (names.length > 0) statement.setReturnArrays(true);
  const rowOf = rowMaker(names);
  return {
    reader: names.length > 0,
    all: (parameters) => statement.all(...bindable(parameters)).map(rowOf),
    run: (parameters) => statement.run(...bindable(parameters)),
    iterate: (parameters) => statement.iterate(...bindable(parameters)).map(rowOf),
  };
}

/**
 * Makes rows of arrays of values. The objects that `node:sqlite` itself makes are hash tables;
 * one literal for each statement gives its rows one shape, and they are a third cheaper to make,
 * to read and to write as JSON. The names are those of our own columns.
 */
function rowMaker(names: readonly string[]): (values: unknown) => Row {
  const fields = names.map((name, index) => `${JSON.stringify(name)}: values[${index}]`);
  // oxlint-disable-next-line typescript/no-implied-eval -- no text from outside is in it
  return new Function('values', `return { ${fields.join(', ')} }`) as (values: unknown) => Row;
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

class NodeSqliteAdapter extends SqliteAdapter {
  readonly connection: SqliteConnection;
  /** Nothing but reads ever runs on the connection, so that none has to wait its turn. */
  readonly isForReading: boolean;

  constructor(connection: SqliteConnection, isForReading: boolean) {
    super();
    this.connection = connection;
    this.isForReading = isForReading;
  }

  /** SQLite can undo a half-run migration; Kysely's default does not use that. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #adapter: NodeSqliteAdapter;

  constructor(connection: SqliteConnection, isForReading: boolean) {
    super({ database: connection });
    this.#adapter = new NodeSqliteAdapter(connection, isForReading);
  }

  override createAdapter(): SqliteAdapter {
    return this.#adapter;
  }
}

/** The connection that writes. @param location a file, or `:memory:`. */
export function sqliteDialect(
  location: string,
  health: FileHealth = { isDamaged: false },
): SqliteDialect {
  const database = new DatabaseSync(location, { timeout: BUSY_TIMEOUT_MS });
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON');
  return new NodeSqliteDialect(new SqliteConnection(database, health), false);
}

/** A connection that only reads, and sees what is committed while another one writes. */
export function sqliteReadingDialect(
  file: string,
  health: FileHealth = { isDamaged: false },
): SqliteDialect {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  return new NodeSqliteDialect(new SqliteConnection(database, health), true);
}

/**
 * Runs a query without waiting for anything, where that is right: on a connection that only
 * reads, and in a transaction, which has its connection to itself. Null elsewhere and on
 * other engines.
 */
export function runNow(
  db: Kysely<Tables>,
  sql: string,
  parameters: readonly unknown[],
): unknown[] | null {
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof NodeSqliteAdapter)) return null;
  if (!adapter.isForReading && !db.isTransaction) return null;
  const statement = adapter.connection.prepare(sql);
  if (statement.reader) return statement.all(parameters);
  statement.run(parameters);
  return [];
}

/**
 * Takes the right to write to a data folder, or returns null when another process has it.
 * The lock is the operating system's and ends with the process, however that ends.
 */
export function lockWriter(file: string): WriterLock | null {
  const lock = new DatabaseSync(file);
  try {
    // In this mode the lock outlives a commit.
    lock.exec('PRAGMA locking_mode = EXCLUSIVE; BEGIN EXCLUSIVE');
  } catch (error) {
    lock.close();
    if ((error as { errcode?: number }).errcode === SQLITE_BUSY) return null;
    throw error;
  }
  const { user_version } = lock.prepare('PRAGMA user_version').get() as { user_version: number };
  return {
    guardsData: user_version === GUARDS_DATA,
    noteData: () => lock.exec(`PRAGMA user_version = ${GUARDS_DATA}; COMMIT`),
    release: () => lock.close(),
  };
}

/** The right to write to a data folder. Its file remembers whether there ever was data. */
export interface WriterLock {
  readonly guardsData: boolean;
  noteData(): void;
  release(): void;
}

const GUARDS_DATA = 1;

const SQLITE_BUSY = 5;
const SQLITE_FULL = 13;
const SQLITE_IOERR = 10;
/** SQLITE_CORRUPT and SQLITE_NOTADB. */
const SQLITE_DAMAGE: ReadonlySet<number> = new Set([11, 26]);
/** SQLITE_IOERR_FSYNC and SQLITE_IOERR_DIR_FSYNC. */
const SQLITE_FSYNC_FAILURES: ReadonlySet<number> = new Set([1034, 1290]);
/** The constraints of foreign key, primary key and unique column. */
const SQLITE_CONFLICTS: ReadonlySet<number> = new Set([787, 1555, 2067]);

/** SQLite's result code of a thrown error: the primary one, and the extended one. */
function resultCode(error: unknown): { primary: number; extended: number } {
  const extended = (error as { errcode?: unknown } | null)?.errcode;
  return typeof extended === 'number'
    ? { primary: extended & 0xff, extended }
    : { primary: 0, extended: 0 };
}

/** A row that is there twice, or one that refers to a row that is not there. */
export function isSqliteConflict(error: unknown): boolean {
  return SQLITE_CONFLICTS.has(resultCode(error).extended);
}

/**
 * Whether the system could not bring what was written to the disk. What is on the disk is then
 * unknown, and asking again may say that all is well when it is not.
 */
export function isFsyncFailure(error: unknown): boolean {
  return SQLITE_FSYNC_FAILURES.has(resultCode(error).extended);
}

/** Whether the engine could not do it now, through no fault of the statement. */
export function isSqliteOutage(error: unknown): boolean {
  return [SQLITE_BUSY, SQLITE_FULL, SQLITE_IOERR].includes(resultCode(error).primary);
}
