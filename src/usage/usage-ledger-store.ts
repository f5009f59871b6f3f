import { sql } from 'kysely';
import type { Db } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { LedgerDigits } from './ledger-sum.ts';
import type { UsageCounter, UsageEvent } from './usage-event.ts';

/**
 * Reads the ledger and its sums row by row, for checking. Every query is a page in the order of a
 * primary key, so that it costs the same however much there is.
 */

/** The main account after this one, by SID, that has usage or sums of it; null: none is left. */
export async function fetchNextRoot(db: Db, after: string): Promise<string | null> {
  const { rows } = await sql<{ sid: string | null }>`
    select min(sid) as sid from (
      select min(root_sid) as sid from usage_events where root_sid > ${after}
      union all
      select min(root_sid) as sid from usage_counters where root_sid > ${after}
    ) as found`.execute(db);
  return rows[0]?.sid ?? null;
}

/** The same for the accounts of a main account, itself among them. */
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

/** An event, as much of it as adds up, with its sums in digits. */
export type LedgerRow = Pick<UsageEvent, 'key' | 'category' | 'at' | 'date_created'> & LedgerDigits;

/** A page of one account's events, by key. @param after the last key of the page before. */
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

/** A page of one account's sums: those of its tree, or all others. */
export async function listCounterPage(
  db: Db,
  { root_sid, account_sid }: Pick<UsageCounter, 'root_sid' | 'account_sid'>,
  which: 'tree' | 'others',
  after: CounterRow | null,
  limit: number,
): Promise<CounterRow[]> {
  let query = db
    .selectFrom('usage_counters')
    .select(['scope', 'period', 'start', 'category'])
    .select(DIGITS)
    .where('root_sid', '=', root_sid)
    .where('account_sid', '=', account_sid)
    .where('scope', which === 'tree' ? '=' : '!=', 'tree')
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

/** Which events: of one account or of all of a main account, in some time, of some categories. */
export interface EventsQuery {
  readonly root_sid: string;
  /** Null: of the main account and of all of its subaccounts. */
  readonly account_sid: string | null;
  /** From this time on, and before that one. */
  readonly from: EpochMs;
  readonly before: EpochMs;
  /** Null: every category. */
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

/** A number past 2^53 is one of the mistakes that are looked for, so none is read as a number. */
const DIGITS = [
  sql<string>`cast(count as text)`.as('count'),
  sql<string>`cast(usage_micro as text)`.as('usage_micro'),
  sql<string>`cast(price_micro as text)`.as('price_micro'),
] as const;
