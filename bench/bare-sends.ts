import { randomUUID } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import pg from 'pg';

/**
 * The least work that is a sent message or a made call: the engine itself writes the rows that the
 * product writes until its answer, in one durable transaction each. PostgreSQL gets them as one
 * statement, which is one round trip. Nothing is read, checked or carried on.
 */
export interface BareSender {
  readonly name: string;
  /** Resolves when the rows are durable. */
  send(kind: 'message' | 'call', account_sid: string): Promise<unknown>;
  close(): Promise<void>;
}

type Value = string | number;

/** One row that is inserted, as a name and a value for each column. */
interface Row {
  readonly table: string;
  readonly columns: readonly (readonly [name: string, value: Value])[];
}

/** The counters of one message: three categories and the total price, in four periods. */
const COUNTED = ['sms', 'sms-outbound', 'sms-outbound-longcode', 'totalprice'].flatMap((category) =>
  ['day', 'month', 'year', 'all'].map((period) => ({ category, period })),
);
const PRICE_MICRO = 7_900;
const DIGEST = '0'.repeat(64);

const TABLES = `
  CREATE TABLE sent (
    sid text PRIMARY KEY, account_sid text, recipient text, sender text, body text, status text,
    direction text, segments bigint, price_micro bigint, date_created bigint, date_updated bigint
  );
  CREATE INDEX sent_by_account ON sent (account_sid, date_created, sid);
  CREATE TABLE ledger (
    root_sid text, account_sid text, key text, category text, at bigint, price_micro bigint,
    digest text, PRIMARY KEY (root_sid, account_sid, key)
  );
  CREATE TABLE counters (
    account_sid text, period text, category text, count bigint, price_micro bigint,
    PRIMARY KEY (account_sid, period, category)
  );
  CREATE TABLE accounts (sid text PRIMARY KEY, balance_micro bigint);
  CREATE TABLE tasks (
    sid text PRIMARY KEY, account_sid text, kind text, step text, date_next bigint
  );
  CREATE INDEX tasks_by_date_next ON tasks (date_next, sid);
  CREATE TABLE timeline (
    resource_sid text, number bigint, account_sid text, kind text, detail text, date_created bigint,
    PRIMARY KEY (resource_sid, number)
  );
  CREATE TABLE audit_events (
    sid text PRIMARY KEY, account_sid text, action text, target_sid text, detail text,
    previous text, date_created bigint
  );
  CREATE INDEX audit_events_by_account ON audit_events (account_sid, date_created, sid);
  CREATE TABLE audit_chains (account_sid text PRIMARY KEY, number bigint, hash text)`;

const COUNT_UP = `ON CONFLICT (account_sid, period, category) DO UPDATE SET
  count = counters.count + excluded.count, price_micro = counters.price_micro + excluded.price_micro`;

/** The inserted rows. A call is metered at its end, so its beginning writes no event. */
function rowsOf(kind: 'message' | 'call', account_sid: string): Row[] {
  const sid = randomUUID();
  const now = Date.now();
  const of = (table: string, columns: Readonly<Record<string, Value>>): Row => {
    return { table, columns: Object.entries(columns) };
  };
  const event = { root_sid: account_sid, account_sid, key: sid, category: 'sms', at: now };
  const made = { account_sid, date_created: now };
  return [
    of('sent', {
      ...made,
      sid,
      recipient: '+15005551234',
      sender: '+14155550100',
      body: 'Hello',
      status: 'queued',
      direction: 'outbound-api',
      segments: 1,
      price_micro: PRICE_MICRO,
      date_updated: now,
    }),
    of('tasks', { sid, account_sid, kind, step: '{"name":"send"}', date_next: now }),
    of('timeline', { ...made, resource_sid: sid, number: 1, kind: 'status', detail: '{}' }),
    of('audit_events', {
      ...made,
      sid: randomUUID(),
      action: `${kind}.created`,
      target_sid: sid,
      detail: '{}',
      previous: DIGEST,
    }),
    ...(kind === 'message'
      ? [of('ledger', { ...event, price_micro: PRICE_MICRO, digest: DIGEST })]
      : []),
  ];
}

const insertOf = ({ table, columns }: Row, place: () => string) =>
  `INSERT INTO ${table} (${columns.map(([name]) => name).join(', ')})
   VALUES (${columns.map(place).join(', ')})`;

const fillAccounts = (sids: readonly string[]) => {
  const values = (rest: string) => sids.map((sid) => `('${sid}', ${rest})`).join(', ');
  return `INSERT INTO accounts VALUES ${values('0')};
    INSERT INTO audit_chains VALUES ${values(`0, '${DIGEST}'`)}`;
};

/** `node:sqlite` with Tieline's durability and prepared statements. */
export function openBareSqliteSender(
  name: string,
  folder: string,
  accounts: readonly string[],
): BareSender {
  mkdirSync(folder, { recursive: true });
  const database = new DatabaseSync(join(folder, 'bare-sends.db'));
  database.exec('PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL');
  database.exec(`${TABLES}; ${fillAccounts(accounts)}`);
  const statements = new Map<string, ReturnType<DatabaseSync['prepare']>>();
  const run = (text: string, values: readonly Value[]) => {
    let statement = statements.get(text);
    if (!statement) statements.set(text, (statement = database.prepare(text)));
    statement.run(...values);
  };
  return {
    name,
    send(kind, account_sid) {
      database.exec('BEGIN IMMEDIATE');
      for (const row of rowsOf(kind, account_sid)) {
        const values = row.columns.map(([, value]) => value);
        run(
          insertOf(row, () => '?'),
          values,
        );
      }
      if (kind === 'message') {
        for (const { period, category } of COUNTED) {
          const values = [account_sid, period, category, PRICE_MICRO];
          run(`INSERT INTO counters VALUES (?, ?, ?, 1, ?) ${COUNT_UP}`, values);
        }
        const spend = 'UPDATE accounts SET balance_micro = balance_micro - ? WHERE sid = ?';
        run(spend, [PRICE_MICRO, account_sid]);
      }
      const chain = 'UPDATE audit_chains SET number = number + 1, hash = ? WHERE account_sid = ?';
      run(chain, [DIGEST, account_sid]);
      database.exec('COMMIT');
      return Promise.resolve();
    },
    close() {
      database.close();
      return Promise.resolve();
    },
  };
}

/** A pool of `pg`, as large as Tieline's. */
export async function openBarePostgresSender(
  name: string,
  url: string,
  accounts: readonly string[],
): Promise<BareSender> {
  const pool = new pg.Pool({ connectionString: url, max: 10 });
  // The pool's end does not wait for its connections. The server may cut them before they close.
  pool.on('error', () => {});
  await pool.query(`${TABLES}; ${fillAccounts(accounts)}`);
  return {
    name,
    async send(kind, account_sid) {
      await pool.query({ name: kind, ...statementOf(kind, account_sid) });
    },
    close: () => pool.end(),
  };
}

/** All rows of a message or a call as one statement. */
function statementOf(kind: 'message' | 'call', account_sid: string) {
  const values: (Value | string[])[] = [];
  const given = (value: Value | string[]) => `$${values.push(value)}`;
  const account = given(account_sid);
  const parts = rowsOf(kind, account_sid).map((row) => {
    const places = row.columns.map(([, value]) => given(value)).values();
    return insertOf(row, () => places.next().value ?? '');
  });
  if (kind === 'message') {
    const periods = given(COUNTED.map(({ period }) => period));
    const categories = given(COUNTED.map(({ category }) => category));
    parts.push(
      `INSERT INTO counters SELECT ${account}, period, category, 1, ${PRICE_MICRO}
       FROM unnest(${periods}::text[], ${categories}::text[]) AS given (period, category)
       ${COUNT_UP}`,
      `UPDATE accounts SET balance_micro = balance_micro - ${PRICE_MICRO} WHERE sid = ${account}`,
    );
  }
  const withs = parts.map((part, index) => `part_${index} AS (${part})`);
  const text = `WITH ${withs.join(', ')}
    UPDATE audit_chains SET number = number + 1, hash = ${given(DIGEST)} WHERE account_sid = ${account}`;
  return { text, values };
}
