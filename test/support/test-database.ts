import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kysely } from 'kysely';
import pg from 'pg';
import { type DataLocation, databaseFile } from '../../src/config.ts';
import type { Engine } from '../../src/db/database.ts';
import { migrate } from '../../src/db/migrate.ts';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import { sqliteDialect } from '../../src/db/sqlite.ts';
import type { Tables } from '../../src/db/tables/tables.ts';

/** A database for one test. */
export interface FreshDatabase {
  readonly location: DataLocation;
  readonly drop: () => Promise<void>;
}

/** The template of this process, because other processes run tests at the same time. */
const TEMPLATE = `tieline_template_${process.pid}`;
let template: Promise<void> | null = null;
let image: Promise<Buffer> | null = null;

/**
 * Memory, a new folder, or a new PostgreSQL database. The schema is already in the latter two:
 * the migrations run once in a process, and each database is a copy of what they made.
 */
export async function freshDatabase(engine: Engine | 'memory'): Promise<FreshDatabase> {
  if (engine === 'memory') return { location: { engine }, drop: async () => {} };
  if (engine === 'sqlite') {
    image ??= makeImage();
    const bytes = await image;
    const fresh = await emptyFolder();
    writeFileSync(databaseFile(fresh.location.folder), bytes, { mode: 0o600 });
    return fresh;
  }
  template ??= makeTemplate();
  await template;
  return emptyPostgresDatabase(`TEMPLATE ${TEMPLATE} STRATEGY FILE_COPY`);
}

/** A folder for one test, removed after it. `npm test` says where syncing a file is quick. */
export async function emptyFolder(): Promise<
  FreshDatabase & { readonly location: { readonly engine: 'sqlite'; readonly folder: string } }
> {
  const folder = mkdtempSync(join(process.env['TEST_DATA_FOLDER'] ?? tmpdir(), 'tieline-'));
  return {
    location: { engine: 'sqlite', folder },
    drop: async () => rmSync(folder, { recursive: true, force: true }),
  };
}

/** The bytes of a SQLite file with the schema and nothing else. */
async function makeImage(): Promise<Buffer> {
  const { location, drop } = await emptyFolder();
  const file = databaseFile(location.folder);
  const db = new Kysely<Tables>({ dialect: sqliteDialect(file) });
  await migrate(db, 'sqlite');
  await db.destroy();
  const bytes = readFileSync(file);
  await drop();
  return bytes;
}

/** A PostgreSQL database without a schema. */
export async function emptyPostgresDatabase(options = ''): Promise<FreshDatabase> {
  const name = `tieline_${randomBytes(8).toString('hex')}`;
  await onServer(`CREATE DATABASE ${name} ${options}`);
  return {
    location: { engine: 'postgres', url: urlOf(name) },
    drop: () => onServer(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}

async function makeTemplate(): Promise<void> {
  await onServer(`DROP DATABASE IF EXISTS ${TEMPLATE} WITH (FORCE)`);
  await onServer(`CREATE DATABASE ${TEMPLATE}`);
  const { dialect } = await postgresDialect(urlOf(TEMPLATE), () => {});
  const db = new Kysely<Tables>({ dialect });
  await migrate(db, 'postgres');
  await db.destroy();
}

function administratorUrl(): string {
  const url = process.env['TEST_DATABASE_URL'];
  if (!url) throw new Error('TEST_DATABASE_URL is not set');
  return url;
}

export function urlOf(database: string): string {
  const url = new URL(administratorUrl());
  url.pathname = `/${database}`;
  return url.href;
}

/** The connection that makes and drops databases. While it is idle, the process may end. */
let maker: pg.Pool | null = null;

function openMaker(): pg.Pool {
  const pool = new pg.Pool({
    connectionString: administratorUrl(),
    max: 1,
    idleTimeoutMillis: 0,
    allowExitOnIdle: true,
  });
  // A test may cut every connection. The next statement then opens a new one.
  return pool.on('error', () => {});
}

/** Makes or drops a database, without the cost of a new connection. */
async function onServer(statement: string): Promise<void> {
  maker ??= openMaker();
  await maker.query(statement);
}

/** Runs one statement on the server itself, outside of the tests' databases. */
export async function asAdministrator(statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: administratorUrl() });
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}

/** The longest wait for the server to end a connection. */
const ENDING_MS = 60_000;

/**
 * Ends every connection to the database of a URL, or the one of a process. The server answers when the
 * processes are gone. Each told its client before, so no pool offers a lost connection afterwards.
 */
export async function endConnections(
  to: string | number,
  { wait_ms = ENDING_MS } = {},
): Promise<void> {
  const which = typeof to === 'number' ? `pid = ${to}` : `datname = '${databaseOf(to)}'`;
  await asAdministrator(
    `SELECT pg_terminate_backend(pid, ${wait_ms}) FROM pg_stat_activity WHERE ${which}`,
  );
}

/** The name of the database of a URL. */
export function databaseOf(url: string): string {
  return new URL(url).pathname.slice(1);
}
