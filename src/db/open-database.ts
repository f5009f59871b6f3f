import { join, resolve } from 'node:path';
import { Kysely } from 'kysely';
import { ConfigError, type DataLocation, databaseFile } from '../config.ts';
import type { Log } from '../kit/log.ts';
import { makeFolder } from '../kit/make-folder.ts';
import { Metrics } from '../kit/metrics.ts';
import { CommitsOnDisk, type Sync, syncBesideLoop } from './commits-on-disk.ts';
import { makePrivateFile, openDataFile, sizeOf } from './data-file.ts';
import type { Connections, Database, Db, Engine } from './database.ts';
import { measureDatabase, noteLostConnection, WriteWatch } from './database-metrics.ts';
import { databaseSizeOf } from './database-size.ts';
import { isOutage, isStartingUp } from './db-error.ts';
import { isEmpty, migrate, refuseOtherSchema } from './migrate.ts';
import { postgresDialect } from './postgres/postgres.ts';
import { type FoundServer, findServer } from './postgres/postgres-way.ts';
import {
  hostOf,
  isForbidden,
  lacksRights,
  type PostgresLocation,
  refuseMissingRights,
  refuseReadOnlyServer,
} from './postgres/refuse-postgres.ts';
import { type FileHealth, lockWriter, sqliteDialect, sqliteReadingDialect } from './sqlite.ts';
import type { Tables } from './tables/tables.ts';
import { WriteQueue } from './write-queue.ts';

/** The transactions of a process that may write to PostgreSQL at the same time. */
export const WRITE_CONNECTIONS = 4;

export interface OpenOptions {
  /** Opens the data as it is, beside a process that writes; `write` then fails. */
  readonly readonly?: boolean | undefined;
  /** Stops a new database at this migration. */
  readonly until?: string;
  /** Opens a new database for one transaction that fills it. Nobody may read beside it. */
  readonly forFilling?: boolean;
  /** `false` refuses a database that does not exist or is older, instead of making and migrating it. */
  readonly make?: boolean | undefined;
  /** Called when a commit may not have reached the disk. */
  readonly onDiskFailure?: (() => void) | undefined;
  /** Lets whatever waits for the event loop go first; by default one turn of it. */
  readonly settle?: (() => Promise<void>) | undefined;
  /** Brings written bytes to the disk; by default `fdatasync`. */
  readonly sync?: Sync | undefined;
  /** The metrics that it counts into. */
  readonly metrics?: Metrics | undefined;
}

/** Waits for a turn of the event loop. */
const oneTurn = () => new Promise<void>((resolve) => void setImmediate(resolve));

/**
 * Opens the database and brings its schema up to date.
 * @throws ConfigError with one sentence: the folder or server cannot be used, another process
 * writes to it, or a newer Tieline has used it
 */
export async function openDatabase(
  location: DataLocation,
  log: Log,
  {
    readonly = false,
    until,
    forFilling = false,
    make = true,
    onDiskFailure,
    settle = oneTurn,
    sync = syncBesideLoop,
    metrics = new Metrics(),
  }: OpenOptions = {},
): Promise<Database> {
  if (!make) refuseMissingFile(location);
  const opened = await openEngine(location, log, { readonly, forFilling, metrics });
  const { engine, writing, openReading, holdsData, isWhole, release } = opened;
  let db = writing;
  let onDisk: CommitsOnDisk | null = null;
  try {
    if (!make && (await isEmpty(writing, engine))) throw new ConfigError(noData(location));
    if (readonly || !make) await refuseOtherSchema(writing, engine);
    else await migrate(writing, engine, until);
    if (location.engine === 'postgres' && until === undefined) {
      await refuseMissingRights(writing, location, { readonly });
    }
    db = openReading();
    const { file } = opened;
    if (file !== null) onDisk = await CommitsOnDisk.begin({ file, writing, reading: db, sync });
    holdsData();
  } catch (error) {
    if (db !== writing) await db.destroy().catch(() => {});
    await writing.destroy().catch(() => {});
    release();
    const isDenied = location.engine === 'postgres' && isForbidden(error);
    throw isDenied ? lacksRights(location, error) : readableError(error, location);
  }
  const queue = new WriteQueue({
    db: writing,
    engine,
    connections: location.engine === 'postgres' ? (location.writers ?? WRITE_CONNECTIONS) : 1,
    log,
    watch: new WriteWatch(metrics),
    onDisk,
    onDiskFailure,
    // On PostgreSQL nothing keeps the event loop during a transaction.
    settle: engine === 'sqlite' ? settle : oneTurn,
    isReadBeside: db !== writing,
  });
  const database: Database = {
    engine,
    db,
    readonly,
    // SQLite has no round trips that the work ahead could save.
    write: (deed, lane, ahead) =>
      queue.write(deed, lane, engine === 'postgres' ? ahead : undefined),
    writesHang: () => queue.hangs,
    isWhole,
    waiting: () => queue.waiting,
    idle: () => queue.idle(),
    connections: opened.connections,
    sizeBytes: () => databaseSizeOf(location, db),
    async close() {
      await queue.idle();
      onDisk?.end();
      if (db !== writing) await db.destroy();
      await writing.destroy();
      onDisk?.close();
      release();
    },
  };
  measureDatabase(metrics, database);
  return database;
}

interface OpenEngine {
  readonly engine: Engine;
  readonly writing: Db;
  /** The data file that this process writes to. */
  readonly file: string | null;
  /** The connection for reads. A file has a separate one, so that no read waits for a commit. */
  readonly openReading: () => Db;
  /** Notes that the folder holds data from now on. */
  readonly holdsData: () => void;
  readonly isWhole: () => boolean;
  readonly connections: () => Connections;
  readonly release: () => void;
}

interface Opening {
  readonly readonly: boolean;
  readonly forFilling: boolean;
  readonly metrics: Metrics;
}

async function openEngine(
  location: DataLocation,
  log: Log,
  { readonly, forFilling, metrics }: Opening,
): Promise<OpenEngine> {
  if (location.engine === 'postgres') {
    const onLost = (err: Error) => {
      log.warn({ err }, 'a database connection was lost');
      noteLostConnection(metrics);
    };
    const server = await findRunningServer(location, log);
    if (!readonly) refuseReadOnlyServer(server, location);
    const { dialect, connections } = await postgresDialect(location.url, onLost, server.way);
    return { ...openAlone('postgres', new Kysely({ dialect })), connections };
  }
  if (location.engine === 'memory') {
    return openAlone('sqlite', new Kysely({ dialect: sqliteDialect(':memory:') }));
  }
  const folder = resolve(location.folder);
  const file = databaseFile(folder);
  try {
    if (readonly) return openAlone('sqlite', new Kysely({ dialect: sqliteReadingDialect(file) }));
    return openFolder(folder, file, { name: location.folder, forFilling });
  } catch (error) {
    throw readableError(error, location);
  }
}

/** Opens a folder as the only process that writes to it. */
function openFolder(
  folder: string,
  file: string,
  { name, forFilling }: { readonly name: string; readonly forFilling: boolean },
): OpenEngine {
  makeFolder(folder, 0o700);
  const lockFile = join(folder, 'writer.lock');
  makePrivateFile(lockFile);
  const lock = lockWriter(lockFile);
  if (!lock) throw new ConfigError(ANOTHER_WRITER(name));
  try {
    if (lock.guards_data && sizeOf(file) === 0) throw new ConfigError(EMPTIED(file));
    makePrivateFile(file);
    const data = openDataFile(file);
    const health: FileHealth = { is_damaged: false };
    const journal = forFilling ? 'delete' : 'wal';
    const writing = new Kysely<Tables>({ dialect: sqliteDialect(file, health, journal) });
    return {
      engine: 'sqlite',
      file: forFilling ? null : file,
      writing,
      openReading: () =>
        forFilling ? writing : new Kysely({ dialect: sqliteReadingDialect(file, health) }),
      holdsData: () => {
        if (!lock.guards_data) lock.noteData();
      },
      isWhole: () => !health.is_damaged && data.isWhole(),
      connections: () => ({ used: 0, idle: 2, waiting: 0 }),
      release: () => {
        data.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    throw error;
  }
}

function openAlone(engine: Engine, db: Db): OpenEngine {
  return {
    engine,
    writing: db,
    file: null,
    openReading: () => db,
    holdsData: () => {},
    isWhole: () => true,
    connections: () => ({ used: 0, idle: 1, waiting: 0 }),
    release: () => {},
  };
}

/** @throws ConfigError for a command that needs existing data and finds none. */
function refuseMissingFile(location: DataLocation): void {
  if (location.engine !== 'sqlite') return;
  if (!sizeOf(databaseFile(location.folder))) throw new ConfigError(noData(location));
}

const noData = (location: DataLocation) =>
  location.engine === 'postgres'
    ? `There is no Tieline data in the database ${hostOf(location.url)}; ` +
      'name the right one with --data, or make it: tieline migrate --data postgres://…'
    : `There is no data in ${location.engine === 'sqlite' ? location.folder : 'memory'}; ` +
      'set TIELINE_DATA or DATABASE_URL, or name the folder or database with --data.';

const EMPTIED = (file: string) =>
  `${file} is empty, but there was data in it: restore a backup into another folder, ` +
  'or remove this folder to begin anew.';

/** Finds the server. One that recovers after a start refuses connections until it is ready. */
async function findRunningServer(location: PostgresLocation, log: Log): Promise<FoundServer> {
  for (let waited = 0; ; waited += RECOVERY_POLL_MS) {
    try {
      return await findServer(location);
    } catch (error) {
      if (!isStartingUp(error) || waited >= RECOVERY_WAIT_MS) throw readableError(error, location);
      if (waited === 0) log.warn('the database is starting up; waiting until it lets us in');
      await new Promise((resolve) => setTimeout(resolve, RECOVERY_POLL_MS));
    }
  }
}

/** The time that a start waits for a recovering server, and the pause between two attempts. */
const RECOVERY_WAIT_MS = 10 * 60_000;
const RECOVERY_POLL_MS = 500;

const ANOTHER_WRITER = (folder: string) =>
  `Another Tieline process is using ${folder}: stop it, or give this one a folder of its own ` +
  'with --data. Several processes can share a PostgreSQL database.';

/** An error at opening, as one sentence if the location is its cause. */
function readableError(error: unknown, location: DataLocation): unknown {
  if (error instanceof ConfigError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  if (location.engine === 'sqlite') {
    return new ConfigError(
      `The data folder ${location.folder} cannot be used (${reason}): ` +
        'name a folder with --data that this user may write to.',
    );
  }
  if (location.engine === 'memory' || !(isOutage(error) || isForbidden(error))) return error;
  return new ConfigError(
    `The database at ${hostOf(location.url)} cannot be used (${reason || 'no answer'}): ` +
      'check the URL, and that the server runs and lets this user in.',
  );
}
