import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';
import { type DataLocation, databaseFile } from '../../src/config.ts';
import type { Engine } from '../../src/db/database.ts';
import { DAY_MS } from '../../src/kit/day.ts';
import type { ConsoleWorld } from '../../test/support/console-world.ts';
import { START_OF_TIME } from '../../test/support/test-app.ts';

/** The time over which the rows are spread, up to the beginning of the measurement. */
const SPAN_MS = 365 * DAY_MS;
/** One statement makes this many rows at most, so that the bench can say how far it is. */
const ROWS_AT_ONCE = 500_000;
/** A number without a divisor in common with powers of two, which scatters the ends of SIDs. */
const SCATTER = 2_654_435_761;

/** The tables that are filled, with the prefix of their SIDs. */
const FILLED = {
  messages: 'SM',
  calls: 'CA',
  usage_events: '',
  deliveries: 'DL',
  timeline: 'SM',
  audit_events: 'AE',
  security_events: 'SE',
} as const;

export type Filled = keyof typeof FILLED;

/** The tables that are filled first. The others can be given fewer rows, to save disk and time. */
const FIRST: ReadonlySet<string> = new Set<Filled>(['messages', 'calls', 'usage_events']);

/** The numbers of rows to make: in the first tables, and the most of any other table. */
export interface Size {
  readonly rows: number;
  readonly others: number;
}

/** The rows that a table of a size gets. */
export function rowsOf(table: Filled, { rows, others }: Size): number {
  return FIRST.has(table) ? rows : Math.min(rows, others);
}

/** The time of a row by its number, the oldest first. */
export function timeOf(row: number, rows: number): number {
  return START_OF_TIME - SPAN_MS + row * Math.floor(SPAN_MS / rows);
}

/** The SID of a row by its number. */
export function sidOf(prefix: string, row: number, rows: number): string {
  const [time, end] = [timeOf(row, rows), BigInt(row) * BigInt(SCATTER)];
  return `${prefix}${time.toString(16).padStart(12, '0')}${end.toString(16).padStart(20, '0')}`;
}

/** A connection that gives up durability and the checks of foreign keys while it fills. */
interface Filling extends AsyncDisposable {
  readonly run: (text: string) => Promise<Record<string, unknown>[]>;
}

/**
 * Gives an account many rows in each growing table. SQL makes them from a row that the product
 * made, so the product's own rules between tables, sums and chains do not hold for them. No process
 * may have the data open.
 */
export async function fillAccount(
  location: DataLocation,
  { account, connect_app }: ConsoleWorld,
  size: Size,
): Promise<void> {
  await using filling = await openFilling(location);
  const { engine } = location;
  for (const [table, prefix] of Object.entries(FILLED) as [Filled, string][]) {
    const rows = rowsOf(table, size);
    const own: Readonly<Record<string, string>> = {
      ...valuesOf(engine === 'postgres' ? 'postgres' : 'sqlite', prefix, rows),
      account_sid: `'${account.sid}'`,
      root_sid: `'${account.sid}'`,
      connect_app_sid: `'${connect_app.sid}'`,
      signing_account_sid: `'${account.sid}'`,
      ...(table === 'timeline' && { number: '1' }),
      ...(table === 'deliveries' && { state: "'delivered'", date_next: 'null', lease: 'null' }),
    };
    const [sample = {}] = await filling.run(`select * from ${table} limit 1`);
    const names = Object.keys(sample);
    const into = names.map((name) => `"${name}"`).join(', ');
    const shown = names.map((name) => own[name] ?? `t."${name}"`).join(', ');
    await withoutIndexes(filling, table, engine, async () => {
      for (let first = 1; first <= rows; first += ROWS_AT_ONCE) {
        const last = Math.min(rows, first + ROWS_AT_ONCE - 1);
        await filling.run(`insert into ${table} (${into})
          with recursive s(n) as (
            select cast(${first} as bigint) union all select n + 1 from s where n < ${last}
          )
          select ${shown} from (select * from ${table} limit 1) t, s`);
      }
    });
    if (engine === 'postgres') await filling.run(`vacuum analyze ${table}`);
  }
}

async function openFilling(location: DataLocation): Promise<Filling> {
  if (location.engine === 'memory') throw new Error('memory cannot be filled from outside');
  if (location.engine === 'postgres') {
    const client = new pg.Client({ connectionString: location.url });
    await client.connect();
    await client.query(`set synchronous_commit = off; set session_replication_role = replica;
      set maintenance_work_mem = '1GB'`);
    return {
      run: async (text) => (await client.query<Record<string, unknown>>(text)).rows,
      [Symbol.asyncDispose]: () => client.end(),
    };
  }
  // SQLite can work without a journal only then.
  const file = new DatabaseSync(databaseFile(location.folder), { defensive: false });
  file.exec(`pragma foreign_keys = off; pragma journal_mode = off; pragma synchronous = off;
    pragma cache_size = -500000`);
  return {
    run: async (text) => file.prepare(text).all(),
    async [Symbol.asyncDispose]() {
      file.exec('pragma journal_mode = wal');
      file.close();
    },
  };
}

/** Fills a table without its secondary indexes, and makes them from the sorted rows afterwards. */
async function withoutIndexes(
  { run }: Filling,
  table: string,
  engine: DataLocation['engine'],
  fill: () => Promise<void>,
): Promise<void> {
  const found = await run(
    engine === 'postgres'
      ? `select indexname as name, indexdef as definition from pg_indexes
          where schemaname = current_schema() and tablename = '${table}'
            and not exists (select from pg_constraint where conname = indexname)`
      : `select name, sql as definition from sqlite_schema
          where type = 'index' and sql is not null and tbl_name = '${table}'`,
  );
  for (const { name } of found) await run(`drop index "${String(name)}"`);
  await fill();
  for (const { definition } of found) await run(String(definition));
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
    key: `'row ' || ${hex('s.n', 10)}`,
    // The product's own events have the numbers before.
    number: '1000000 + s.n',
  };
}
