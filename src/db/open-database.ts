import { join, resolve } from 'node:path';
import { Kysely } from 'kysely';
import { ConfigError, type DataLocation, databaseFile } from '../config.ts';
import type { Log } from '../kit/log.ts';
import { makeFolder } from '../kit/make-folder.ts';
import { isOutage } from './db-error.ts';
import { migrate, refuseOtherSchema } from './migrate.ts';
import { postgresDialect } from './postgres.ts';
import { lockWriter, sqliteDialect, sqliteReadingDialect } from './sqlite.ts';
import type { Tables } from './tables.ts';
import { type Deed, type Tx, WriteQueue } from './write-queue.ts';

/** What a store reads from: the database, or the transaction that a deed runs in. */
export type Db = Kysely<Tables>;

export type Engine = 'sqlite' | 'postgres';

export interface Database {
  readonly engine: Engine;
  readonly db: Db;
  /** Opened for reading only; `write` then fails. */
  readonly readonly: boolean;
  /** The one way to change anything (`write-queue.ts`). */
  write<T>(deed: Deed<T>, lane?: string): Promise<T>;
  /** Waits for the writes under way, then closes. */
  close(): Promise<void>;
}

export interface OpenOptions {
  /** Opens the data as it is, beside a process that writes; `write` then fails. */
  readonly readonly?: boolean | undefined;
  /** Stops at this migration, where none has been run yet. */
  readonly until?: string;
}

/**
 * Opens the database and brings its schema up to date.
 * @throws ConfigError with one sentence: the folder or server cannot be used, another process
 * writes there, or a newer Tieline has been there.
 */
export async function openDatabase(
  location: DataLocation,
  log: Log,
  { readonly = false, until }: OpenOptions = {},
): Promise<Database> {
  const { engine, writing, openReading, release } = await openEngine(location, log, readonly);
  try {
    if (readonly) await refuseOtherSchema(writing);
    else await migrate(writing, until);
  } catch (error) {
    await writing.destroy().catch(() => {});
    release();
    throw readableError(error, location);
  }
  const db = openReading();
  const queue = new WriteQueue(writing, log);
  return {
    engine,
    db,
    readonly,
    write: (deed, lane) => queue.write(deed, lane),
    async close() {
      await queue.idle();
      if (db !== writing) await db.destroy();
      await writing.destroy();
      release();
    },
  };
}

interface OpenEngine {
  readonly engine: Engine;
  readonly writing: Db;
  /** Where reads go: a connection of their own for a file, so that none waits for a commit. */
  readonly openReading: () => Db;
  readonly release: () => void;
}

async function openEngine(
  location: DataLocation,
  log: Log,
  readonly: boolean,
): Promise<OpenEngine> {
  if (location.engine === 'postgres') {
    const onIdleError = (err: Error) => log.warn({ err }, 'a database connection was lost');
    const dialect = await postgresDialect(location.url, onIdleError);
    return openAlone('postgres', new Kysely({ dialect }));
  }
  if (location.engine === 'memory') {
    return openAlone('sqlite', new Kysely({ dialect: sqliteDialect(':memory:') }));
  }
  const folder = resolve(location.folder);
  const file = databaseFile(folder);
  try {
    if (readonly) return openAlone('sqlite', new Kysely({ dialect: sqliteReadingDialect(file) }));
    makeFolder(folder, 0o700);
    const lock = lockWriter(join(folder, 'writer.lock'));
    if (!lock) throw new ConfigError(ANOTHER_WRITER(location.folder));
    return {
      engine: 'sqlite',
      writing: new Kysely({ dialect: sqliteDialect(file) }),
      openReading: () => new Kysely({ dialect: sqliteReadingDialect(file) }),
      release: () => lock.release(),
    };
  } catch (error) {
    throw readableError(error, location);
  }
}

function openAlone(engine: Engine, db: Db): OpenEngine {
  return { engine, writing: db, openReading: () => db, release: () => {} };
}

const ANOTHER_WRITER = (folder: string) =>
  `Another Tieline process is using ${folder}: stop it, or give this one a folder of its own ` +
  'with --data. Several processes can share a PostgreSQL database.';

/** An error at opening, as one sentence where its cause is the location. */
function readableError(error: unknown, location: DataLocation): unknown {
  if (error instanceof ConfigError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (location.engine === 'sqlite') {
    return new ConfigError(
      `The data folder ${location.folder} cannot be used (${reason}): ` +
        'name a folder with --data that this user may write to.',
    );
  }
  if (location.engine === 'memory' || !isRefusedByServer(error)) return error;
  return new ConfigError(
    `The database at ${hostOf(location.url)} cannot be used (${reason || 'no answer'}): ` +
      'check the URL, and that the server runs and lets this user in.',
  );
}

/** Whether PostgreSQL could not be reached, or did not let us in or make tables. */
function isRefusedByServer(error: unknown): boolean {
  return isOutage(error) || (error as { code?: string }).code === '42501';
}

/** The server and database of a URL, without the user and password. */
function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

export type { Deed, Tx };
