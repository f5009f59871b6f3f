import { createReadStream, createWriteStream, renameSync, rmSync, statSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { pipeline as chain, Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createGunzip, createGzip } from 'node:zlib';
import { ConfigError, type DataLocation } from '../../config.ts';
import type { Log } from '../../kit/log.ts';
import type { Database, Engine, Tx } from '../database.ts';
import { MIGRATIONS } from '../migrations/all-migrations.ts';
import { openDatabase } from '../open-database.ts';
import { listLiveProcesses } from '../process-store.ts';
import { ALL_TABLES, BACKUP_TABLES, SEALING, USED_TABLES } from '../tables/all-tables.ts';
import { withoutSecondaryIndexes } from './secondary-indexes.ts';
import {
  type AnyTable,
  insertRows,
  pagesOf,
  ROWS_AT_ONCE,
  type Row,
  readAtOneMoment,
  SCHEMA,
} from './whole-data.ts';

/**
 * The format of a backup is the same for both engines: gzipped lines of JSON. The first line is a
 * header, each further line a row, and the last line the number of rows. Either engine restores the
 * backup of the other, so a backup is also the way from SQLite to PostgreSQL. Auth tokens stay
 * sealed in it. The secret key is never part of it.
 */

const FORMAT = 'tieline-backup';

interface Header {
  readonly format: typeof FORMAT;
  /** The schema of the rows: the name of the last migration. */
  readonly schema: string;
}

/** A text for people about work under way. It is called for every page, so it must be cheap. */
export type Progress = (text: () => string) => void;

/**
 * The level of gzip. On rows of messages and events a higher one takes two to three times as long
 * for a file that is about a tenth smaller.
 */
const GZIP_LEVEL = 3;

type Line = Header | { readonly table: string; readonly row: Row } | { readonly rows: number };

interface BackupOptions {
  readonly overwrite?: boolean;
  readonly progress?: Progress;
}

/**
 * Writes all data of one moment into `file`. A server may write meanwhile. The file appears under
 * its name only when it is complete.
 */
export async function backUp(
  database: Database,
  file: string,
  { overwrite = false, progress = () => {} }: BackupOptions = {},
): Promise<{ rows: number }> {
  await refuseExisting(file, overwrite);
  const partial = `${file}.partial`;
  let rows = 0;
  try {
    await readAtOneMoment(database, async (db) => {
      const lines = async function* (): AsyncGenerator<string> {
        yield lineOf({ format: FORMAT, schema: SCHEMA });
        for (const [at, table] of BACKUP_TABLES.entries()) {
          for await (const page of pagesOf(db, table)) {
            rows += page.length;
            progress(() => `${rows} rows, table ${at + 1} of ${BACKUP_TABLES.length} (${table})`);
            // One text a page: each text is a job of its own for gzip.
            yield page.map((row) => lineOf({ table, row })).join('');
          }
        }
        yield lineOf({ rows });
      };
      const output = createWriteStream(partial, { mode: 0o600 });
      await pipeline(Readable.from(lines()), createGzip({ level: GZIP_LEVEL }), output);
    });
    const handle = await open(partial);
    await handle.sync();
    await handle.close();
    renameSync(partial, file);
  } catch (error) {
    try {
      rmSync(partial, { force: true });
    } catch {
      // A path below a file can neither be opened nor removed. The first error says so.
    }
    throw readable(error, file);
  }
  return { rows };
}

const lineOf = (line: Line): string => `${JSON.stringify(line)}\n`;

/**
 * A backup replaces an older one only when `overwrite` is set. It never replaces another kind of
 * file, such as the database.
 */
async function refuseExisting(file: string, overwrite: boolean): Promise<void> {
  const found = statSync(file, { throwIfNoEntry: false });
  if (!found) return;
  const isBackup = found.isFile() && (await readHeader(file).catch(() => null)) !== null;
  if (!isBackup) {
    throw new ConfigError(
      `${file} exists and is not a Tieline backup: name the file that the backup is to be.`,
    );
  }
  if (!overwrite) {
    throw new ConfigError(
      `${file} is a backup already: name another file, or overwrite it with --force.`,
    );
  }
}

/**
 * Fills an empty database from a backup, in one transaction, and then brings the schema up to date.
 * A backup of an older schema needs a place without a database.
 * @throws ConfigError when the file is not a whole backup, or the database is not empty.
 */
export async function restore(
  location: DataLocation,
  file: string,
  log: Log,
  progress: Progress = () => {},
): Promise<{ rows: number }> {
  const { schema } = await readHeader(file);
  if (!(schema in MIGRATIONS)) {
    throw new ConfigError(`${file} was made by a newer Tieline: restore it with that version.`);
  }
  const database = await openDatabase(location, log, { until: schema, forFilling: true });
  let rows = 0;
  try {
    // An older schema has fewer tables.
    const found = await database.db.introspection.getTables();
    const tables = new Set(found.map(({ name }) => name));
    await refuseFilled(database, tables);
    rows = await database.write(async (raw) => {
      const tx = raw as unknown as AnyTable;
      for (const table of SEALING.filter((name) => tables.has(name))) {
        await tx.deleteFrom(table).execute();
      }
      const { engine } = database;
      return withoutSecondaryIndexes(raw, engine, () => insertAll(raw, { engine, file, progress }));
    });
  } catch (error) {
    throw readable(error, file);
  } finally {
    await database.close();
  }
  await (await openDatabase(location, log)).close();
  return { rows };
}

/**
 * A database that was only migrated counts as empty: its keys have sealed nothing. A database that
 * a process serves does not, because that process does not hold the keys of the backup.
 */
async function refuseFilled(database: Database, tables: ReadonlySet<string>): Promise<void> {
  const { engine } = database;
  const db = database.db as unknown as AnyTable;
  // A folder is locked by this process, so no other process can run on it.
  if (engine === 'postgres' && tables.has('processes')) {
    const [live] = await listLiveProcesses(database.db, engine);
    if (live) {
      throw new ConfigError(
        `A backup is restored where nothing runs, and process ${live.pid} on ${live.host} runs ` +
          'on this database: stop it first.',
      );
    }
  }
  for (const table of USED_TABLES.filter((name) => tables.has(name))) {
    const found = await db.selectFrom(table).selectAll().limit(1).execute();
    if (found.length > 0) {
      throw new ConfigError(
        'A backup is restored into an empty database, and this one is not: ' +
          'name another place with --data.',
      );
    }
  }
}

async function insertAll(
  tx: Tx,
  { engine, file, progress }: { engine: Engine; file: string; progress: Progress },
): Promise<number> {
  let inserted = 0;
  let announced: number | null = null;
  let table = '';
  let rows: Row[] = [];
  const flush = async (): Promise<void> => {
    if (rows.length > 0) await insertRows(tx, engine, table, rows);
    inserted += rows.length;
    rows = [];
    progress(() => `${inserted} rows (${table})`);
  };
  for await (const line of linesOf(file)) {
    if ('rows' in line) announced = line.rows;
    if (!('table' in line)) continue;
    if (!(line.table in ALL_TABLES)) throw new ConfigError(`${file} is not a Tieline backup.`);
    if (line.table !== table || rows.length >= ROWS_AT_ONCE) await flush();
    ({ table } = line);
    rows.push(line.row);
  }
  await flush();
  if (announced !== inserted) {
    throw new ConfigError(`${file} is cut off: it holds ${inserted} rows and not all of them.`);
  }
  return inserted;
}

async function readHeader(file: string): Promise<Header> {
  try {
    for await (const line of linesOf(file)) {
      if ('format' in line && line.format === FORMAT) return line;
      break;
    }
  } catch (error) {
    throw readable(error, file);
  }
  throw new ConfigError(`${file} is not a Tieline backup.`);
}

async function* linesOf(file: string): AsyncGenerator<Line> {
  // An error of either stream ends the loop below; it needs no other listener.
  const input = chain(createReadStream(file), createGunzip(), () => {}).setEncoding('utf8');
  let rest = '';
  for await (const part of input as AsyncIterable<string>) {
    const lines = (rest + part).split('\n');
    rest = lines.pop() ?? '';
    for (const line of lines) yield parseLine(line);
  }
  if (rest !== '') yield parseLine(rest);
}

/** @throws SyntaxError when the text is no line of a backup. */
function parseLine(text: string): Line {
  const line: unknown = JSON.parse(text);
  if (typeof line !== 'object' || line === null) throw new SyntaxError('a line is no object');
  return line as Line;
}

const UNUSABLE = new Set(['EACCES', 'EDQUOT', 'EISDIR', 'ENOSPC', 'ENOTDIR', 'EPERM', 'EROFS']);

/** An error about the file, as one sentence. */
function readable(error: unknown, file: string): unknown {
  const { code = '' } = error as { code?: string };
  if (code === 'ENOENT')
    return new ConfigError(`There is no file or folder for ${file}: check the name.`);
  if (UNUSABLE.has(code)) {
    const { message } = error as Error;
    return new ConfigError(
      `${file} cannot be used (${message}): name a file that this user may open, on a disk with space.`,
    );
  }
  if (code.startsWith('Z_') || error instanceof SyntaxError) {
    return new ConfigError(`${file} is not a whole Tieline backup.`);
  }
  return error;
}
