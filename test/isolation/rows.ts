import type { Kysely } from 'kysely';
import { ALL_TABLES, TABLE_NAMES } from '../../src/db/tables/all-tables.ts';
import { REFUSED_CREDENTIALS } from '../support/digest.ts';
import type { TestApp } from '../support/test-app.ts';

type Columns = Readonly<Record<string, unknown>>;

interface StoredRow {
  readonly table: string;
  readonly columns: Columns;
  readonly text: string;
}

/** All stored rows, by table and primary key. */
export type Rows = ReadonlyMap<string, StoredRow>;

/** A row that was added (no `before`), removed (no `after`) or changed. */
export interface Change {
  readonly table: keyof typeof ALL_TABLES;
  readonly before: Columns | null;
  readonly after: Columns | null;
}

/** Tables with uses of grants and credentials, which are noted shortly after each request. */
const NOTES: ReadonlySet<string> = new Set(['grant_uses', 'credential_places']);

type AnyDb = Kysely<Record<string, Record<string, unknown>>>;

/** Reads every row of every table but the notes. */
export async function readRows({ app }: TestApp): Promise<Rows> {
  const db = app.database.db as unknown as AnyDb;
  const tables = await Promise.all(
    TABLE_NAMES.filter((name) => !NOTES.has(name)).map(async (table) => ({
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

/** The differences, with additions and changes in the order of the tables. */
export function changesBetween(before: Rows, after: Rows): Change[] {
  const changes: Change[] = [];
  const changed = (table: string, old: Columns | null, now: Columns | null) =>
    changes.push({ table: table as Change['table'], before: old, after: now });
  for (const [key, { table, columns, text }] of after) {
    const old = before.get(key);
    if (old?.text !== text) changed(table, old?.columns ?? null, columns);
  }
  for (const [key, { table, columns }] of before) {
    if (!after.has(key)) changed(table, columns, null);
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
