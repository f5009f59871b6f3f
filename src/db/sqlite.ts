import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Kysely, SqliteAdapter, SqliteDialect } from 'kysely';
import type { DeedScope, ScopeConnection } from './deed-scope.ts';
import { resultCode, SQLITE_BUSY, SQLITE_DAMAGE } from './sqlite-error.ts';
import type { Tables } from './tables/tables.ts';

/** The only file that knows `node:sqlite`, whose surface still changes between Node releases. */

const Connection = databaseClass();

/** Node.js before 24.15 warns that the module is experimental, which no user can act upon. */
function databaseClass(): typeof DatabaseSync {
  const warn = Object.getOwnPropertyDescriptor(process, 'emitWarning');
  process.emitWarning = () => {};
  try {
    return process.getBuiltinModule('node:sqlite').DatabaseSync;
  } finally {
    if (warn) Object.defineProperty(process, 'emitWarning', warn);
  }
}

const STATEMENT_CACHE_SIZE = 500;
/** The time that a statement waits for a lock of another process. */
export const BUSY_TIMEOUT_MS = 5_000;

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

/** `node:sqlite` with the interface that Kysely's dialect needs. It keeps prepared statements. */
class SqliteConnection implements ScopeConnection {
  scope: DeedScope | null = null;
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
    this.scope?.before(sql);
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

  // Not `async`: statements run at once, so that they run in the order in which they are given.
  send(texts: readonly string[]): Promise<void> {
    for (const text of texts) this.now(text, []);
    return Promise.resolve();
  }

  run(sql: string, parameters: readonly unknown[]): Promise<unknown[]> {
    return Promise.resolve(this.now(sql, parameters));
  }

  /** Runs several statements, of which none has parameters. */
  script(text: string): void {
    this.#noting(() => this.#database.exec(text));
  }

  /** Runs a statement. @returns its rows */
  now(sql: string, parameters: readonly unknown[]): unknown[] {
    const statement = this.prepare(sql);
    if (statement.reader) return statement.all(parameters);
    statement.run(parameters);
    return [];
  }

  /** Rethrows every error, and remembers when it says that the file is damaged. */
  #noting<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (SQLITE_DAMAGE.has(resultCode(error).primary)) this.#health.is_damaged = true;
      throw error;
    }
  }
}

/** The health of an open data file. */
export interface FileHealth {
  /** A statement met a page that SQLite did not write. */
  is_damaged: boolean;
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
 * Makes rows from arrays of values. The objects of `node:sqlite` itself are hash tables. An object
 * literal for each statement gives all its rows one shape, which makes them a third cheaper to
 * build, to read and to write as JSON. The names are those of our own columns.
 */
function rowMaker(names: readonly string[]): (values: unknown) => Row {
  const fields = names.map((name, index) => `${JSON.stringify(name)}: values[${index}]`);
  // oxlint-disable-next-line typescript/no-implied-eval -- no text from outside is in it
  return new Function('values', `return { ${fields.join(', ')} }`) as (values: unknown) => Row;
}

/** Refuses objects: `node:sqlite` would read one as a set of named parameters and bind nothing. */
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
  /** Whether only reads run on the connection, so that none must wait its turn. */
  readonly isForReading: boolean;

  constructor(
    connection: SqliteConnection,
    { is_for_reading }: { readonly is_for_reading: boolean },
  ) {
    super();
    this.connection = connection;
    this.isForReading = is_for_reading;
  }

  /** SQLite can undo a half-run migration. Kysely's default says that it cannot. */
  override get supportsTransactionalDdl(): boolean {
    return true;
  }
}

class NodeSqliteDialect extends SqliteDialect {
  readonly #adapter: NodeSqliteAdapter;

  constructor(connection: SqliteConnection, use: { readonly is_for_reading: boolean }) {
    super({ database: connection });
    this.#adapter = new NodeSqliteAdapter(connection, use);
  }

  override createAdapter(): SqliteAdapter {
    return this.#adapter;
  }
}

/**
 * The journal from which a transaction can be undone. `wal` is a log, from which the pages go into the
 * file later. `delete` keeps the former pages, and new pages go into the file at once: an empty file is
 * filled with half of the writes.
 */
type Journal = 'wal' | 'delete';

/** The connection that writes. @param location a file, or `:memory:`. */
export function sqliteDialect(
  location: string,
  health: FileHealth = { is_damaged: false },
  journal: Journal = 'wal',
): SqliteDialect {
  const database = new Connection(location, { timeout: BUSY_TIMEOUT_MS });
  database.exec(
    `PRAGMA journal_mode = ${journal}; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON`,
  );
  return new NodeSqliteDialect(new SqliteConnection(database, health), { is_for_reading: false });
}

/** A connection that only reads. It sees committed data while another connection writes. */
export function sqliteReadingDialect(
  file: string,
  health: FileHealth = { is_damaged: false },
): SqliteDialect {
  const database = new Connection(file, { timeout: BUSY_TIMEOUT_MS, readOnly: true });
  return new NodeSqliteDialect(new SqliteConnection(database, health), { is_for_reading: true });
}

/**
 * Runs a query synchronously on a connection that only reads, or in a transaction, which has its
 * connection to itself.
 * @returns null elsewhere, and on other engines
 */
export function runNow(
  db: Kysely<Tables>,
  sql: string,
  parameters: readonly unknown[],
): unknown[] | null {
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof NodeSqliteAdapter)) return null;
  if (!adapter.isForReading && !db.isTransaction) return null;
  return adapter.connection.now(sql, parameters);
}

/** Runs several statements on a connection to SQLite. */
export function runScript(db: Kysely<Tables>, text: string): void {
  sqliteConnectionOf(db).script(text);
}

/**
 * Keeps what a connection sees as it is. Until it is let go, no read over the connection sees a
 * later commit: SQLite ends what a connection reads with the last of its statements.
 * @returns a function that lets go
 */
export function holdView(db: Kysely<Tables>): () => void {
  const statement = sqliteConnectionOf(db).prepare('select 1 from sqlite_schema').iterate([]);
  statement.next();
  return () => void statement.return?.();
}

/** The connection of a database or transaction of SQLite. */
export function sqliteConnectionOf(db: Kysely<Tables>): SqliteConnection {
  const { adapter } = db.getExecutor();
  if (!(adapter instanceof NodeSqliteAdapter)) throw new TypeError('not a connection of SQLite');
  return adapter.connection;
}

/**
 * Takes the right to write to a data folder, or returns null when another process has it. The
 * operating system holds the lock, and releases it when the process ends in any way.
 */
export function lockWriter(file: string): WriterLock | null {
  const lock = new Connection(file);
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
    guards_data: user_version === GUARDS_DATA,
    noteData: () => lock.exec(`PRAGMA user_version = ${GUARDS_DATA}; COMMIT`),
    release: () => lock.close(),
  };
}

/** The right to write to a data folder. Its file remembers whether the folder ever held data. */
export interface WriterLock {
  readonly guards_data: boolean;
  noteData(): void;
  release(): void;
}

const GUARDS_DATA = 1;
