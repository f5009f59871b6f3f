import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { scopeOf } from '../db/deed-scope.ts';
import { preparedRows } from '../db/prepared-rows.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { LedgerDigits } from './ledger-sum.ts';
import type { UsageCounter, UsageEvent } from './usage-event.ts';

type EventKey = Pick<UsageEvent, 'account_sid' | 'key'>;
/** The primary key of an event. */
export type EventName = Pick<UsageEvent, 'root_sid' | 'account_sid' | 'key'>;

/** New events that go into the ledger together with those of other deeds. */
const NEW_EVENTS: LaterWrite<UsageEvent> = {
  tables: ['usage_events'],
  write: (tx, rows) => insertNew(tx, rows),
};

const insertNew = preparedRows((db, rows: UsageEvent[]) =>
  db.insertInto('usage_events').values(rows),
);

/** Writes events into the ledger at the commit. Their keys must be new. */
export async function insertNewEvents(tx: Tx, events: readonly UsageEvent[]): Promise<void> {
  const scope = scopeOf(tx);
  if (scope) scope.later(NEW_EVENTS, events);
  else await insertNew(tx, events);
}

const insertEvents = preparedRows((db, rows: UsageEvent[]) =>
  db
    .insertInto('usage_events')
    .values(rows)
    .onConflict((conflict) => conflict.columns(['root_sid', 'account_sid', 'key']).doNothing())
    .returning(['account_sid', 'key']),
);

/** Writes events with new keys into the ledger. @returns the keys that were written */
export function insertUsageEvents(tx: Tx, events: readonly UsageEvent[]): Promise<EventKey[]> {
  return insertEvents(tx, events);
}

const selectDigests = preparedRows((db, rows: EventName[]) => {
  const given = rows.map(
    ({ root_sid, account_sid, key }) => sql`(${root_sid}, ${account_sid}, ${key})`,
  );
  return db
    .selectFrom(
      sql<{ column1: string; column2: string; column3: string }>`(values ${sql.join(given)})`.as(
        'given',
      ),
    )
    .innerJoinLateral(
      (eb) =>
        eb
          .selectFrom('usage_events')
          .select(['usage_events.account_sid', 'usage_events.key', 'usage_events.digest'])
          .whereRef('usage_events.root_sid', '=', 'given.column1')
          .whereRef('usage_events.account_sid', '=', 'given.column2')
          .whereRef('usage_events.key', '=', 'given.column3')
          .limit(sql.lit(1))
          .as('known'),
      (join) => join.onTrue(),
    )
    .select(['known.account_sid', 'known.key', 'known.digest']);
});

/**
 * The digests of the events among these that the ledger has, on PostgreSQL. It looks up each in the
 * ledger's key: for many events, PostgreSQL would read the whole ledger for a plain join.
 */
export function fetchKnownEvents(
  tx: Tx,
  names: readonly EventName[],
): Promise<Pick<UsageEvent, 'account_sid' | 'key' | 'digest'>[]> {
  return selectDigests(tx, names);
}

/** The digests of one account's events under these keys. They tell a repeat from another event. */
export async function fetchDigests(
  db: Db,
  account: Pick<UsageEvent, 'root_sid' | 'account_sid'>,
  keys: readonly string[],
): Promise<Pick<UsageEvent, 'key' | 'digest'>[]> {
  return db
    .selectFrom('usage_events')
    .select(['key', 'digest'])
    .where('root_sid', '=', account.root_sid)
    .where('account_sid', '=', account.account_sid)
    .where('key', 'in', keys)
    .execute();
}

/**
 * Reads the ledger and its counters row by row, for checks. Every query reads a page in the order
 * of a primary key, so its cost does not grow with the data.
 */

/** The next main account by SID that has usage or counters; null when none is left. */
export async function fetchNextRoot(db: Db, after: string): Promise<string | null> {
  const { rows } = await sql<{ sid: string | null }>`
    select min(sid) as sid from (
      select min(root_sid) as sid from usage_events where root_sid > ${after}
      union all
      select min(root_sid) as sid from usage_counters where root_sid > ${after}
    ) as found`.execute(db);
  return rows[0]?.sid ?? null;
}

/** The same for the accounts of a main account, the main account included. */
export async function fetchNextAccount(
  db: Db,
  root_sid: string,
  after: string,
): Promise<string | null> {
  const { rows } = await sql<{ sid: string | null }>`
    select min(sid) as sid from (
      select min(account_sid) as sid from usage_events
      where root_sid = ${root_sid} and account_sid > ${after}
      union all
      select min(account_sid) as sid from usage_counters
      where root_sid = ${root_sid} and account_sid > ${after}
    ) as found`.execute(db);
  return rows[0]?.sid ?? null;
}

/** The columns of an event that are added up, with the numbers as text. */
export type LedgerRow = Pick<UsageEvent, 'key' | 'category' | 'at' | 'date_created'> & LedgerDigits;

/** A page of one account's events, by key. @param after the last key of the previous page */
export async function listLedgerPage(
  db: Db,
  { root_sid, account_sid }: Pick<UsageEvent, 'root_sid' | 'account_sid'>,
  after: string | null,
  limit: number,
): Promise<LedgerRow[]> {
  let query = db
    .selectFrom('usage_events')
    .select(['key', 'category', 'at', 'date_created'])
    .select(DIGITS)
    .where('root_sid', '=', root_sid)
    .where('account_sid', '=', account_sid)
    .orderBy('key')
    .limit(limit);
  if (after !== null) query = query.where('key', '>', after);
  return query.execute();
}

export type CounterRow = Pick<UsageCounter, 'scope' | 'period' | 'start' | 'category'> &
  LedgerDigits;

/** A page of one account's counters: those of its subaccounts, or all others. */
export async function listCounterPage(
  db: Db,
  { root_sid, account_sid }: Pick<UsageCounter, 'root_sid' | 'account_sid'>,
  page: {
    readonly which: 'subaccounts' | 'others';
    readonly after: CounterRow | null;
    readonly limit: number;
  },
): Promise<CounterRow[]> {
  const { which, after, limit } = page;
  let query = db
    .selectFrom('usage_counters')
    .select(['scope', 'period', 'start', 'category'])
    .select(DIGITS)
    .where('root_sid', '=', root_sid)
    .where('account_sid', '=', account_sid)
    .where('scope', which === 'subaccounts' ? '=' : '!=', 'subaccounts')
    .orderBy('scope')
    .orderBy('period')
    .orderBy('start')
    .orderBy('category')
    .limit(limit);
  if (after) {
    const { scope, period, start, category } = after;
    query = query.where((eb) =>
      eb(
        eb.refTuple('scope', 'period', 'start', 'category'),
        '>',
        eb.tuple(scope, period, start, category),
      ),
    );
  }
  return query.execute();
}

/** A filter of events: by account or main account, by time and by category. */
export interface EventsQuery {
  readonly root_sid: string;
  /** The account; null for the main account with all its subaccounts. */
  readonly account_sid: string | null;
  /** The time from which on events count; `before` is the end, exclusive. */
  readonly from: EpochMs;
  readonly before: EpochMs;
  /** The categories; null for all. */
  readonly categories: readonly string[] | null;
}

export type ExplainedRow = LedgerRow & Pick<UsageEvent, 'account_sid' | 'reason'>;

/** A page of such events, by account and key. */
export async function listEventsPage(
  db: Db,
  { root_sid, account_sid, from, before, categories }: EventsQuery,
  after: Pick<UsageEvent, 'account_sid' | 'key'> | null,
  limit: number,
): Promise<ExplainedRow[]> {
  let query = db
    .selectFrom('usage_events')
    .select(['account_sid', 'key', 'category', 'at', 'date_created', 'reason'])
    .select(DIGITS)
    .where('root_sid', '=', root_sid)
    .where('at', '>=', from)
    .where('at', '<', before)
    .orderBy('account_sid')
    .orderBy('key')
    .limit(limit);
  if (account_sid !== null) query = query.where('account_sid', '=', account_sid);
  if (categories !== null) query = query.where('category', 'in', categories);
  if (after) {
    query = query.where((eb) =>
      eb(eb.refTuple('account_sid', 'key'), '>', eb.tuple(after.account_sid, after.key)),
    );
  }
  return query.execute();
}

/** Columns that are read as text. A number above 2^53 is one of the errors that checks look for. */
const DIGITS = [
  sql<string>`cast(count as text)`.as('count'),
  sql<string>`cast(usage_micro as text)`.as('usage_micro'),
  sql<string>`cast(price_micro as text)`.as('price_micro'),
] as const;
