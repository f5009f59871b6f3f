import { sql } from 'kysely';
import type { Engine } from '../src/db/database.ts';
import { DAY_MS } from '../src/kit/day.ts';
import type { ConsoleWorld } from '../test/support/console-world.ts';
import { START_OF_TIME, type TestApp } from '../test/support/test-app.ts';

/** The time over which the rows are spread, up to the beginning of the measurement. */
const SPAN_MS = 365 * DAY_MS;
/** One statement makes this many rows at most, so that it ends within PostgreSQL's time limit. */
const ROWS_AT_ONCE = 20_000;
/** A number without a divisor in common with powers of two, which scatters the ends of SIDs. */
const SCATTER = 2_654_435_761;

/** The tables that are filled, with the prefix of their SIDs. Each gets the same number of rows. */
const FILLED = {
  messages: 'SM',
  timeline: 'SM',
  calls: 'CA',
  deliveries: 'DL',
  audit_events: 'AE',
  usage_events: '',
  security_events: 'SE',
} as const;

/** The time of a row by its number, the oldest first. */
export function timeOf(row: number, rows: number): number {
  return START_OF_TIME - SPAN_MS + row * Math.floor(SPAN_MS / rows);
}

/** The SID of a row by its number. */
export function sidOf(prefix: string, row: number, rows: number): string {
  const [time, end] = [timeOf(row, rows), BigInt(row) * BigInt(SCATTER)];
  return `${prefix}${time.toString(16).padStart(12, '0')}${end.toString(16).padStart(20, '0')}`;
}

/**
 * Gives an account many rows in each growing table. SQL makes them from a row that the product
 * made, so the product's own rules between tables, sums and chains do not hold for them.
 */
export async function fillAccount(
  { app }: TestApp,
  { account, connect_app }: ConsoleWorld,
  rows: number,
): Promise<void> {
  const { database } = app;
  const known = await database.db.introspection.getTables();
  for (const [table, prefix] of Object.entries(FILLED)) {
    const columns = known.find(({ name }) => name === table)?.columns ?? [];
    const values = valuesOf(database.engine, prefix, rows);
    const own: Readonly<Record<string, string>> = {
      ...values,
      account_sid: `'${account.sid}'`,
      root_sid: `'${account.sid}'`,
      connect_app_sid: `'${connect_app.sid}'`,
      signing_account_sid: `'${account.sid}'`,
      ...(table === 'timeline' && { number: '1' }),
      ...(table === 'deliveries' && { state: "'delivered'", date_next: 'null', lease: 'null' }),
    };
    const names = columns.map(({ name }) => `"${name}"`).join(', ');
    const shown = columns.map(({ name }) => own[name] ?? `t."${name}"`).join(', ');
    for (let first = 1; first <= rows; first += ROWS_AT_ONCE) {
      const last = Math.min(rows, first + ROWS_AT_ONCE - 1);
      const text = `insert into ${table} (${names})
        with recursive s(n) as (
          select cast(${first} as bigint) union all select n + 1 from s where n < ${last}
        )
        select ${shown} from (select * from ${table} limit 1) t, s`;
      await database.write((tx) => sql.raw(text).execute(tx));
    }
    if (database.engine === 'postgres') await sql`analyze ${sql.table(table)}`.execute(database.db);
  }
}

/** The values of columns that differ from row to row, in terms of `s.n`. */
function valuesOf(engine: Engine, prefix: string, rows: number): Record<string, string> {
  const hex = (value: string, digits: number) =>
    engine === 'sqlite'
      ? `printf('%0${digits}x', ${value})`
      : `lpad(to_hex(cast(${value} as bigint)), ${digits}, '0')`;
  const time = `(${timeOf(0, rows)} + s.n * ${Math.floor(SPAN_MS / rows)})`;
  const sid = `'${prefix}' || ${hex(time, 12)} || ${hex(`s.n * ${SCATTER}`, 20)}`;
  const number = `'+1415' || cast(5550100 + s.n % 5 as text)`;
  return {
    sid,
    resource_sid: sid,
    date_created: time,
    date_updated: time,
    date_sent: time,
    start_time: time,
    end_time: time,
    at: time,
    to: number,
    key: `'row ' || cast(s.n as text)`,
    // The product's own events have the numbers before.
    number: '1000000 + s.n',
  };
}
