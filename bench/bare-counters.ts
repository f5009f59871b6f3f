import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import type { UsageEvent } from '../src/usage/usage-event.ts';
import { EVENTS_TABLE, insertOf, valuesOf } from './bare-engines.ts';
import type { Meter } from './metering.ts';

/**
 * The bare engine with counters: it inserts the events and counts them up, each call in a durable
 * transaction of its own. It shows how much of the engine's work the counters are. It has one set of
 * counters for each account: the category and the total price, in four periods.
 */
const COUNTERS_TABLE = `CREATE TABLE counters (
  account_sid text, period text, category text, count bigint, price_micro bigint,
  PRIMARY KEY (account_sid, period, category)
)`;
const PERIODS = ['day', 'month', 'year', 'all'];
const CATEGORIES = ['calls', 'totalprice'];
const COUNT_UP = `ON CONFLICT (account_sid, period, category) DO UPDATE SET
  count = counters.count + excluded.count, price_micro = counters.price_micro + excluded.price_micro`;

interface Sum {
  readonly account_sid: string;
  count: number;
  price_micro: number;
}

/** The sums by account, in the order of their SIDs, so that transactions lock in one order. */
function sumsOf(events: readonly UsageEvent[]): Sum[] {
  const sums = new Map<string, Sum>();
  for (const { account_sid, count, price_micro } of events) {
    const sum = sums.get(account_sid) ?? { account_sid, count: 0, price_micro: 0 };
    sum.count += count;
    sum.price_micro += price_micro;
    sums.set(account_sid, sum);
  }
  return [...sums.values()].toSorted((a, b) => (a.account_sid < b.account_sid ? -1 : 1));
}

/** `node:sqlite` with Tieline's durability and prepared statements. */
export function openCountingSqlite(name: string, folder: string): Meter {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'counting.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(`${EVENTS_TABLE}; ${COUNTERS_TABLE}`);
  const inserts = new Map<number, ReturnType<DatabaseSync['prepare']>>();
  const countUp = database.prepare(`INSERT INTO counters VALUES (?, ?, ?, ?, ?) ${COUNT_UP}`);
  return {
    name,
    meter(events) {
      let insert = inserts.get(events.length);
      if (!insert) {
        insert = database.prepare(insertOf(events.length, () => '?'));
        inserts.set(events.length, insert);
      }
      database.exec('BEGIN IMMEDIATE');
      insert.run(...valuesOf(events));
      for (const { account_sid, count, price_micro } of sumsOf(events)) {
        for (const period of PERIODS) {
          for (const category of CATEGORIES) {
            countUp.run(account_sid, period, category, count, price_micro);
          }
        }
      }
      database.exec('COMMIT');
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

const textOf = (names: readonly string[]) => names.map((name) => `('${name}')`).join(', ');

/** A pool of `pg`, as large as Tieline's. Both writes are one statement, in one round trip. */
export async function openCountingPostgres(name: string, url: string): Promise<Meter> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // The pool's end does not wait for its connections. The server may cut them before they close.
  pool.on('error', () => {});
  await pool.query(`${EVENTS_TABLE}; ${COUNTERS_TABLE}`);
  const texts = new Map<number, string>();
  return {
    name,
    async meter(events) {
      const values: unknown[] = valuesOf(events);
      const { length } = events;
      let text = texts.get(length);
      if (!text) texts.set(length, (text = statementOf(length, values.length)));
      const sums = sumsOf(events);
      values.push(
        sums.map(({ account_sid }) => account_sid),
        sums.map(({ count }) => count),
        sums.map(({ price_micro }) => price_micro),
      );
      await pool.query({ name: `count ${length}`, text, values });
    },
    close: () => pool.end(),
  };
}

function statementOf(events: number, places: number): string {
  return `WITH inserted AS (${insertOf(events, (index) => `$${index}`)})
    INSERT INTO counters
    SELECT given.sid, period, category, given.count, given.price
    FROM unnest($${places + 1}::text[], $${places + 2}::bigint[], $${places + 3}::bigint[])
      WITH ORDINALITY AS given (sid, count, price, place),
      (VALUES ${textOf(PERIODS)}) AS periods (period),
      (VALUES ${textOf(CATEGORIES)}) AS categories (category)
    ORDER BY given.place, period, category
    ${COUNT_UP}`;
}
