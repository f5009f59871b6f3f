import { type Kysely, type RawBuilder, sql } from 'kysely';
import { ConfigError } from '../config.ts';
import type { Db, Engine } from './database.ts';
import { isLockTimeout } from './db-error.ts';
import { MIGRATIONS } from './migrations/all-migrations.ts';
import { SQLITE_SCHEMA, SQLITE_SCHEMA_IS_OF } from './migrations/sqlite-schema.ts';
import { WITHOUT_LIMIT } from './postgres/postgres.ts';
import { COUNTED_MS, listLiveProcesses } from './process-store.ts';
import { lockSealing } from './sealing-key-store.ts';
import { runScript } from './sqlite.ts';

/** The time that a process waits for another process that migrates the same database. */
const MAX_WAIT_MS = 10 * 60_000;

/**
 * Runs the migrations that the database has not had, in one transaction. The transaction holds a
 * lock, so one process migrates at a time. The lock ends with it, however it ends.
 *
 * On PostgreSQL a migration that the version before cannot live with is refused while other
 * processes run.
 * @param until stops a new database at this migration, to restore an older backup into it
 * @returns the names of the migrations that ran
 * @throws ConfigError when a newer Tieline has migrated this database already, or when other
 * processes must end first
 */
export async function migrate(db: Db, engine: Engine, until?: string): Promise<string[]> {
  const done = await refuseNewerSchema(db, engine);
  if (until !== undefined && done.some((name) => name > until)) {
    throw new ConfigError(
      'The backup has an older schema than this database: restore it where there is none yet.',
    );
  }
  if (isComplete(done)) return [];
  if (engine === 'sqlite' && done.length === 0 && until === undefined) {
    const made = await makeWhole(db);
    if (made.length > 0) return isComplete(made) ? made : [...made, ...(await migrate(db, engine))];
  }
  const latest = performance.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await db.transaction().execute((tx) => migrateIn(tx, engine, until));
    } catch (error) {
      // Another process migrates, and may need longer than a statement waits for a lock.
      if (!isLockTimeout(error) || performance.now() > latest) throw error;
    }
  }
}

/**
 * Makes the schema of a new database of SQLite at once, which takes a tenth of the time of its
 * migrations.
 * @returns the names of the migrations that need not run; none if the database has tables
 */
async function makeWhole(db: Db): Promise<string[]> {
  return db.transaction().execute(async (tx) => {
    const { rows } = await sql`select 1 from sqlite_master limit 1`.execute(tx);
    if (rows.length > 0) return [];
    runScript(tx, SQLITE_SCHEMA);
    const names = Object.keys(MIGRATIONS).filter((name) => name <= SQLITE_SCHEMA_IS_OF);
    const done = names.map((name) => sql`(${name}, strftime('%Y-%m-%dT%H:%M:%fZ'))`);
    await sql`insert into kysely_migration values ${sql.join(done)}`.execute(tx);
    await sql`insert into kysely_migration_lock values (${MIGRATION_LOCK}, 0)`.execute(tx);
    return names;
  });
}

/** The row that the migrator of Kysely looks for in its table of locks. */
const MIGRATION_LOCK = 'migration_lock';

async function migrateIn(tx: Db, engine: Engine, until: string | undefined): Promise<string[]> {
  // A start of an up-to-date database needs no migrator.
  const migration = await import('kysely/migration');
  const { DEFAULT_MIGRATION_LOCK_TABLE, MIGRATION_LOCK_ID, Migrator } = migration;
  // A change of a large table takes longer than any other statement may.
  if (engine === 'postgres') await sql.raw(WITHOUT_LIMIT).execute(tx);
  const lock = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID };
  await tx.getExecutor().adapter.acquireMigrationLock(tx, lock);
  // A newer Tieline may have migrated during the wait.
  const done = await refuseNewerSchema(tx, engine);
  if (engine === 'postgres') await refuseOtherProcesses(tx, done);
  await makeTable(tx);
  const migrator = new Migrator({
    db: tx,
    provider: { getMigrations: () => Promise.resolve({ ...MIGRATIONS }) },
  });
  const { error, results = [] } =
    until === undefined ? await migrator.migrateToLatest() : await migrator.migrateTo(until);
  if (error) throw error;
  return results.map((result) => result.migrationName);
}

/**
 * Refuses a migration while a process of the version before runs that could not go on. The lock keeps
 * processes from starting meanwhile: they wait for it, and then find the newer schema.
 * @throws ConfigError naming the processes
 */
async function refuseOtherProcesses(tx: Db, done: readonly string[]): Promise<void> {
  const names = Object.keys(MIGRATIONS).filter((name) => !done.includes(name));
  if (!done.includes(PROCESSES_SINCE) || names.every((name) => MIGRATIONS[name]?.beside)) return;
  await lockSealing(tx, 'postgres');
  const live = await listLiveProcesses(tx, 'postgres');
  if (live.length === 0) return;
  const list = live.map(({ host, pid }) => `${pid} on ${host}`).join(', ');
  throw new ConfigError(
    `This version changes the database in a way that the running processes cannot follow (${list}): ` +
      `stop them all, then start this version. A killed process counts for ${COUNTED_MS / 1_000} seconds.`,
  );
}

/** The migration that made the table of processes. */
const PROCESSES_SINCE = '0020-sealing';

/** Meets the error of a user who may not make tables first, because Kysely hides it. */
async function makeTable(tx: Db): Promise<void> {
  await tx.schema.createTable('tieline_migrates').addColumn('name', 'text').execute();
  await tx.schema.dropTable('tieline_migrates').execute();
}

const isComplete = (done: readonly string[]) => done.length === Object.keys(MIGRATIONS).length;

/**
 * Only servers, `migrate` and `restore` change a schema. Any other command could meet a database whose
 * servers are of the version before, and nobody would have taken a backup.
 * @throws ConfigError unless the schema is exactly this version's
 */
export async function refuseOtherSchema(db: Db, engine: Engine): Promise<void> {
  const done = await refuseNewerSchema(db, engine);
  if (!isComplete(done)) {
    throw new ConfigError(
      'This database was made by an older Tieline: take a backup with that version, then run "tieline migrate".',
    );
  }
}

/** Whether no Tieline has ever used this database. */
export async function isEmpty(db: Db, engine: Engine): Promise<boolean> {
  return (await refuseNewerSchema(db, engine)).length === 0;
}

/**
 * @returns the names of the migrations that the database has had
 * @throws ConfigError when one of them is of a newer Tieline
 */
async function refuseNewerSchema(db: Db, engine: Engine): Promise<string[]> {
  const { rows } = await MIGRATED[engine].execute(db);
  return rows.length === 0 ? [] : refuseNewerMigration(db);
}

/**
 * Finds the table of migrations by its name. Kysely would read every column of every table, which
 * takes most of the time of a start.
 */
const MIGRATED: Record<Engine, RawBuilder<unknown>> = {
  postgres: sql`select 1 from pg_class
    where relname = 'kysely_migration' and has_schema_privilege(relnamespace, 'USAGE')`,
  sqlite: sql`select 1 from sqlite_master where name = 'kysely_migration'`,
};

/** The same for a database that has had a migration. */
export async function refuseNewerMigration(db: Db): Promise<string[]> {
  const rows = await (db as unknown as Kysely<{ kysely_migration: { name: string } }>)
    .selectFrom('kysely_migration')
    .select('name')
    .execute();
  const names = rows.map((row) => row.name);
  const unknown = names.filter((name) => !(name in MIGRATIONS));
  if (unknown.length > 0) {
    throw new ConfigError(
      `This database was made by a newer Tieline (it has "${unknown.join('", "')}"): ` +
        'start that version, or restore a backup made with this one.',
    );
  }
  return names;
}
