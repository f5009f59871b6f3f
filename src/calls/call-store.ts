import type { Insertable, Updateable } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import type { CallsTable } from '../db/tables/acting-tables.ts';
import type { Task } from '../jobs/task.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Call, CallStatus } from './call.ts';

export async function insertCall(tx: Tx, call: Insertable<CallsTable>): Promise<Call> {
  return tx.insertInto('calls').values(call).returningAll().executeTakeFirstOrThrow();
}

interface Span {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** The filters of a list of calls. */
export interface CallFilter {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly parent_call_sid?: string | null | undefined;
  readonly status?: CallStatus | undefined;
  readonly started: Span;
  readonly ended: Span;
}

export function listCalls(
  db: Db,
  account_sid: string,
  { to, from, parent_call_sid, status, started, ended }: CallFilter,
  page: PageRequest,
): Promise<Page<Call>> {
  let query = db.selectFrom('calls').selectAll().where('account_sid', '=', account_sid);
  if (to !== undefined) query = query.where('to', '=', to);
  if (from !== undefined) query = query.where('from', '=', from);
  if (parent_call_sid) query = query.where('parent_call_sid', '=', parent_call_sid);
  if (status !== undefined) query = query.where('status', '=', status);
  if (started.from > 0) query = query.where('start_time', '>=', started.from);
  if (ended.from > 0) query = query.where('end_time', '>=', ended.from);
  // A call that began or ended before a moment was also made before it, and the list goes by that.
  if (started.until < Number.MAX_SAFE_INTEGER) {
    const { until } = started;
    query = query.where('start_time', '<', until).where('date_created', '<', until);
  }
  if (ended.until < Number.MAX_SAFE_INTEGER) {
    const { until } = ended;
    query = query.where('end_time', '<', until).where('date_created', '<', until);
  }
  return fetchPage(query, page);
}

export async function fetchCall(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<Call | undefined> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/**
 * The task of a call, locked until the transaction ends, so that no worker of another process
 * records a step of the call meanwhile.
 */
export async function lockTask(tx: Tx, engine: Engine, sid: string): Promise<Task | undefined> {
  const query = tx.selectFrom('carrier_tasks').selectAll().where('sid', '=', sid);
  const task = await (engine === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  return task as Task | undefined;
}

/** A call by its SID alone, locked until the transaction ends. */
export async function findCallLocked(
  tx: Tx,
  engine: Engine,
  sid: string,
): Promise<Call | undefined> {
  const query = tx.selectFrom('calls').selectAll().where('sid', '=', sid);
  return (engine === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
}

/** The legs that a call has dialled, in order. */
export async function fetchChildren(db: Db, account_sid: string, sid: string): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('parent_call_sid', '=', sid)
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
}

export async function updateCallRow(
  tx: Tx,
  { account_sid, sid }: Pick<Call, 'account_sid' | 'sid'>,
  changes: Updateable<CallsTable>,
): Promise<Call> {
  return tx
    .updateTable('calls')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteCallRow(
  tx: Tx,
  { account_sid, sid }: Pick<Call, 'account_sid' | 'sid'>,
): Promise<void> {
  await tx
    .deleteFrom('calls')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .execute();
}

/** The calls of an account that have not ended: those with a task of the carrier. */
export async function fetchLiveCalls(tx: Tx, account_sid: string): Promise<Call[]> {
  return tx
    .selectFrom('calls')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', 'in', (eb) =>
      eb
        .selectFrom('carrier_tasks')
        .select('carrier_tasks.sid')
        .where('carrier_tasks.account_sid', '=', account_sid)
        .where('carrier_tasks.kind', '=', 'call'),
    )
    .orderBy('date_created')
    .orderBy('sid')
    .execute();
}
