import type { Kysely } from 'kysely';
import { ALL_TABLES, TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import { digestsInPostgres, REFUSED_CREDENTIALS } from '../support/digest.ts';
import type { TestApp } from '../support/test-app.ts';

type Columns = Readonly<Record<string, unknown>>;

interface StoredRow {
  readonly table: string;
  readonly columns: Columns;
  readonly text: string;
}

/** All stored rows. */
export interface Rows {
  readonly byKey: ReadonlyMap<string, StoredRow>;
  /** A digest of the rows of each table, if the database makes digests. */
  readonly digests: ReadonlyMap<string, string>;
}

/** A row that was added (no `before`), removed (no `after`) or changed. */
export interface Change {
  readonly table: keyof typeof ALL_TABLES;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

/** Tables with uses of grants and credentials, which are noted shortly after each request. */
const NOTES: ReadonlySet<string> = new Set(['grant_uses', 'credential_places']);

type AnyDb = Kysely<Record<string, Record<string, unknown>>>;

const TABLES = TABLE_NAMES.filter((name) => !NOTES.has(name));

/** Reads every row of every table except the notes. */
export async function readRows(app: TestApp): Promise<Rows> {
  return { byKey: await readTables(app, TABLES), digests: await digestsOf(app) };
}

async function readTables(
  { app }: TestApp,
  names: readonly (typeof TABLES)[number][],
): Promise<Map<string, StoredRow>> {
  const db = app.database.db as unknown as AnyDb;
  const tables = await Promise.all(
    names.map(async (table) => ({
      table,
      rows: await db.selectFrom(table).selectAll().execute(),
    })),
  );
  const all = new Map<string, StoredRow>();
  for (const { table, rows } of tables) {
    for (const columns of rows) {
      if (table === 'security_events' && columns['kind'] === REFUSED_CREDENTIALS) continue;
      const key = ALL_TABLES[table].map((column) => String(columns[column]));
      all.set(`${table} ${key.join(' ')}`, { table, columns, text: JSON.stringify(columns) });
    }
  }
  return all;
}

/** A digest of every table, if the database makes digests: then only changed tables are read. */
async function digestsOf({ app }: TestApp): Promise<Map<string, string>> {
  return app.database.engine === 'sqlite' ? new Map() : await digestsInPostgres(app, TABLES);
}

/** The differences from `before`, with additions and changes in the order of the tables. */
export async function changesSince(app: TestApp, before: Rows): Promise<Change[]> {
  const digests = await digestsOf(app);
  const touched = TABLES.filter(
    (name) => !digests.has(name) || digests.get(name) !== before.digests.get(name),
  );
  const after = await readTables(app, touched);
  const changes: Change[] = [];
  const changed = (table: string, old: Columns | null, now: Columns | null) =>
    changes.push({ table: table as Change['table'], before: old, after: now });
  for (const [key, { table, columns, text }] of after) {
    const old = before.byKey.get(key);
    if (old?.text !== text) changed(table, old?.columns ?? null, columns);
  }
  const looked = new Set<string>(touched);
  for (const [key, { table, columns }] of before.byKey) {
    if (looked.has(table) && !after.has(key)) changed(table, columns, null);
  }
  return changes.toSorted((a, b) => TABLE_NAMES.indexOf(a.table) - TABLE_NAMES.indexOf(b.table));
}

/** Undoes changes, so that the next request finds the same world. */
export async function undo({ app }: TestApp, changes: readonly Change[]): Promise<void> {
  await app.database.write(async (someTx) => {
    const tx = someTx as unknown as AnyDb;
    const keyed = (table: Change['table'], columns: Columns) =>
      Object.fromEntries(ALL_TABLES[table].map((column) => [column, columns[column]]));
    for (const { table, before, after } of changes.toReversed()) {
      if (before !== null || after === null) continue;
      let added = tx.deleteFrom(table);
      for (const [column, value] of Object.entries(keyed(table, after))) {
        added = added.where(column, '=', value);
      }
      await added.execute();
    }
    for (const { table, before, after } of changes) {
      if (before === null) continue;
      if (after === null) {
        await tx.insertInto(table).values(before).execute();
        continue;
      }
      let changed = tx.updateTable(table).set(before);
      for (const [column, value] of Object.entries(keyed(table, before))) {
        changed = changed.where(column, '=', value);
      }
      await changed.execute();
    }
  });
}
