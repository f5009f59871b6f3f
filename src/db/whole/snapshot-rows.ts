import { CompiledQuery } from 'kysely';
import type { Database, Engine, Tx } from '../database.ts';
import { mayWait, NotYetError } from '../run-deeds.ts';
import { runNow } from '../sqlite.ts';
import { WORLD_TABLES } from '../tables/all-tables.ts';
import type { Tables } from '../tables/tables.ts';
import { insertRows, pagesOf, type Row, readAtOneMoment } from './whole-data.ts';

/** Some rows of a table. */
export interface Page {
  readonly table: keyof Tables;
  readonly rows: readonly Row[];
}

/**
 * Reads every row of the world at one moment, parents before their children. A server may write
 * meanwhile. An error that `take` throws ends the reading.
 * @param take gets the pages one after the other
 */
export async function readWorld(database: Database, take: (page: Page) => void): Promise<void> {
  await readAtOneMoment(database, async (db) => {
    for (const table of WORLD_TABLES) {
      for await (const rows of pagesOf(db, table)) take({ table, rows });
    }
  });
}

/**
 * Waits for the transactions of other processes, and keeps them from writing to the world until
 * this transaction ends. Only the first deed of a transaction may wait. SQLite has one writer and
 * needs no lock.
 * @throws NotYetError for a later deed; the write queue catches it
 */
export async function lockWorld(tx: Tx, engine: Engine): Promise<void> {
  if (engine === 'sqlite') return;
  if (!mayWait(tx)) throw new NotYetError();
  await lockTables(tx, WORLD_TABLES);
}

/** Keeps other transactions of PostgreSQL from writing to some tables; they may be read. */
export async function lockTables(tx: Tx, tables: readonly (keyof Tables)[]): Promise<void> {
  const names = tables.map((table) => `"${table}"`).join(', ');
  await tx.executeQuery(CompiledQuery.raw(`lock table ${names} in exclusive mode`));
}

/** Replaces the whole world by the rows of the pages. They must have the present schema. */
export async function replaceWorld(tx: Tx, engine: Engine, pages: readonly Page[]): Promise<void> {
  const deletions = WORLD_TABLES.toReversed().map((table) => `delete from "${table}"`);
  if (engine === 'postgres') {
    // Without parameters all of them go in one round trip.
    await tx.executeQuery(CompiledQuery.raw(deletions.join('; ')));
  } else {
    for (const text of deletions) runNow(tx, text, []);
  }
  for (const { table, rows } of pages) await insertRows(tx, engine, table, rows);
}
