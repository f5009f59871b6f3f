import type { Kysely } from 'kysely';
import { DEFAULT_MIGRATION_LOCK_TABLE, MIGRATION_LOCK_ID, Migrator } from 'kysely/migration';
import { ConfigError } from '../config.ts';
import { isLockTimeout } from './db-error.ts';
import { MIGRATIONS } from './migrations/all-migrations.ts';
import type { Tables } from './tables/tables.ts';

/** The time that a process waits for another process that migrates the same database. */
const MAX_WAIT_MS = 10 * 60_000;

/**
 * Runs the migrations that the database has not had, in one transaction. The transaction holds a
 * lock, so one process migrates at a time. The lock ends with it, however it ends.
 * @param until stops a new database at this migration, to restore an older backup into it
 * @returns the names of the migrations that ran
 * @throws ConfigError when a newer Tieline has migrated this database already
 */
export async function migrate(db: Kysely<Tables>, until?: string): Promise<string[]> {
  const done = await refuseNewerSchema(db);
  if (until !== undefined && done.some((name) => name > until)) {
    throw new ConfigError(
      'The backup has an older schema than this database: restore it where there is none yet.',
    );
  }
  if (isComplete(done)) return [];
  const latest = performance.now() + MAX_WAIT_MS;
  for (;;) {
    try {
      return await db.transaction().execute((tx) => migrateIn(tx, until));
    } catch (error) {
      // Another process migrates, and may need longer than a statement waits for a lock.
      if (!isLockTimeout(error) || performance.now() > latest) throw error;
    }
  }
}

async function migrateIn(tx: Kysely<Tables>, until: string | undefined): Promise<string[]> {
  const lock = { lockTable: DEFAULT_MIGRATION_LOCK_TABLE, lockRowId: MIGRATION_LOCK_ID };
  await tx.getExecutor().adapter.acquireMigrationLock(tx, lock);
  // A newer Tieline may have migrated during the wait.
  await refuseNewerSchema(tx);
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

/** Meets the error of a user who may not make tables first, because Kysely hides it. */
async function makeTable(tx: Kysely<Tables>): Promise<void> {
  await tx.schema.createTable('tieline_migrates').addColumn('name', 'text').execute();
  await tx.schema.dropTable('tieline_migrates').execute();
}

const isComplete = (done: readonly string[]) => done.length === Object.keys(MIGRATIONS).length;

/**
 * @throws ConfigError unless the schema is exactly this version's, for readers that change nothing.
 */
export async function refuseOtherSchema(db: Kysely<Tables>): Promise<void> {
  const done = await refuseNewerSchema(db);
  if (!isComplete(done)) {
    throw new ConfigError('This database needs a migration first: run "tieline migrate".');
  }
}

/** Whether no Tieline has ever used this database. */
export async function isEmpty(db: Kysely<Tables>): Promise<boolean> {
  return (await refuseNewerSchema(db)).length === 0;
}

/** @returns the names of the migrations that the database has had */
async function refuseNewerSchema(db: Kysely<Tables>): Promise<string[]> {
  const tables = await db.introspection.getTables({ withInternalKyselyTables: true });
  if (!tables.some((table) => table.name === 'kysely_migration')) return [];
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
