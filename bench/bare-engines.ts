import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { UsageEvent } from '../src/usage/usage-event.ts';
import type { Meter } from './metering.ts';

/**
 * The least work that is metering: the engine itself writes the same events into the same table,
 * each call in its own durable transaction. It has no counters, no balance and no check of
 * accounts, and calls share a commit only when the engine itself does that.
 */

const COLUMNS = [
  ['root_sid', 'text'],
  ['account_sid', 'text'],
  ['key', 'text'],
  ['category', 'text'],
  ['at', 'bigint'],
  ['count', 'bigint'],
  ['usage_micro', 'bigint'],
  ['price_micro', 'bigint'],
  ['digest', 'text'],
  ['reason', 'text'],
  ['created_by_grant', 'text'],
  ['date_created', 'bigint'],
] as const satisfies readonly (readonly [keyof UsageEvent, string])[];

export const EVENTS_TABLE = `CREATE TABLE events (
  ${COLUMNS.map(([name, type]) => `${name} ${type}`).join(', ')},
  PRIMARY KEY (root_sid, account_sid, key)
)`;

/** One insert of so many rows; PostgreSQL numbers its parameters. */
export function insertOf(rows: number, place: (index: number) => string): string {
  const width = COLUMNS.length;
  const values = Array.from({ length: rows }, (_, row) => {
    const places = COLUMNS.map((_column, column) => place(row * width + column + 1));
    return `(${places.join(', ')})`;
  });
  return `INSERT INTO events VALUES ${values.join(', ')} ON CONFLICT DO NOTHING`;
}

export function valuesOf(events: readonly UsageEvent[]) {
  return events.flatMap((event) => COLUMNS.map(([name]) => event[name]));
}

/** `node:sqlite` with Tieline's durability and prepared statements. */
export function openBareSqlite(name: string, folder: string): Meter {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'bare.db'));
  database.exec(`PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; ${EVENTS_TABLE}`);
  const statements = new Map<number, ReturnType<DatabaseSync['prepare']>>();
  return {
    name,
    meter(events) {
      let insert = statements.get(events.length);
      if (!insert) {
        insert = database.prepare(insertOf(events.length, () => '?'));
        statements.set(events.length, insert);
      }
      insert.run(...valuesOf(events));
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

/** A pool of `pg`, as large as Tieline's. */
export async function openBarePostgres(name: string, url: string): Promise<Meter> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // The pool's end does not wait for its connections. The server may cut them before they close.
  pool.on('error', () => {});
  await pool.query(EVENTS_TABLE);
  const texts = new Map<number, string>();
  return {
    name,
    async meter(events) {
      const { length } = events;
      let text = texts.get(length);
      if (!text) texts.set(length, (text = insertOf(length, (index) => `$${index}`)));
      await pool.query({ name: `insert ${length}`, text, values: valuesOf(events) });
    },
    close: () => pool.end(),
  };
}
