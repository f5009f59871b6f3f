import type { Updateable } from 'kysely';
import { within } from '../carrier/late-store.ts';
import type { Db, Engine, Tx } from '../db/database.ts';
import {
  equal,
  oneRow,
  type Page,
  type PageRequest,
  rare,
  searchWholePage,
  unindexed,
} from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import { prepared } from '../db/prepared.ts';
import type { CallsTable } from '../db/tables/acting-tables.ts';
import type { Task } from '../jobs/task.ts';
import type { EpochMs } from '../kit/utc.ts';
import { type Call, type CallStatus, LIVE } from './call.ts';

const insertRow = prepared((db, call: Call) => db.insertInto('calls').values(call));

export async function insertCall(tx: Tx, call: Call): Promise<Call> {
  await insertRow(tx, call);
  return call;
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
  let query = db.selectFrom('calls').selectAll();
  // The first of the columns finds the rows by its index.
  const given = Object.entries({ parent_call_sid, to, from, status }).filter(([, value]) => value);
  const [first, ...others] = given as [keyof Call, string][];
  query = query.where(
    first?.[0] === 'parent_call_sid' ? unindexed('account_sid') : 'account_sid',
    '=',
    account_sid,
  );
  if (first) query = query.where(rare(db, first[0], first[1]));
  const conditions = others.map(([column, value]) => equal(column, value));
  const list = { table: 'calls', account_sid } as const;
  const began = within({ ...list, column: 'start_time' }, started);
  if (began) query = query.where(began);
  const hasEnded = within({ ...list, column: 'end_time' }, ended);
  if (hasEnded) query = query.where(hasEnded);
  return searchWholePage(db, query, conditions, page);
}

type Key = Pick<Call, 'account_sid' | 'sid'>;

const selectCall = prepared((db, { account_sid, sid }: Key) =>
  db.selectFrom('calls').selectAll().where('account_sid', '=', account_sid).where('sid', '=', sid),
);

export async function fetchCall(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<Call | undefined> {
  return (await selectCall(db, { account_sid, sid }))[0];
}

const selectTask = prepared((db, { sid }: { sid: string }) => taskBySid(db, sid));
const lockTaskBySid = prepared((db, { sid }: { sid: string }) => taskBySid(db, sid).forUpdate());

function taskBySid(db: Db, sid: string) {
  return db.selectFrom('carrier_tasks').selectAll().where('sid', '=', sid);
}

/**
 * The task of a call, locked until the transaction ends, so that no worker of another process
 * records a step of the call meanwhile.
 */
export async function lockTask(tx: Tx, engine: Engine, sid: string): Promise<Task | undefined> {
  const [task] = await (engine === 'sqlite' ? selectTask : lockTaskBySid)(tx, { sid });
  return task as Task | undefined;
}

const selectBySid = prepared((db, { sid }: { sid: string }) => callBySid(db, sid));
const lockBySid = prepared((db, { sid }: { sid: string }) => callBySid(db, sid).forUpdate());

function callBySid(db: Db, sid: string) {
  return db.selectFrom('calls').selectAll().where('sid', '=', sid);
}

/** A call by its SID alone, locked until the transaction ends. */
export async function findCallLocked(
  tx: Tx,
  engine: Engine,
  sid: string,
): Promise<Call | undefined> {
  return (await (engine === 'sqlite' ? selectBySid : lockBySid)(tx, { sid }))[0];
}

const selectChildren = prepared((db, { account_sid, sid }: Key) =>
  db
    .selectFrom('calls')
    .selectAll()
    .where(unindexed('account_sid'), '=', account_sid)
    .where('parent_call_sid', '=', sid)
    .orderBy('date_created')
    .orderBy('sid'),
);

/** The legs that a call has dialled, in order. */
export function fetchChildren(db: Db, account_sid: string, sid: string): Promise<Call[]> {
  return selectChildren(db, { account_sid, sid });
}

/** The columns of a call that can change. */
type CallRowChanges = Omit<Updateable<CallsTable>, keyof Key>;

const updateRow = prepared((db, { account_sid, sid, ...changes }: Key & CallRowChanges) =>
  db
    .updateTable('calls')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll(),
);

export async function updateCallRow(
  tx: Tx,
  { account_sid, sid }: Key,
  changes: CallRowChanges,
): Promise<Call> {
  return oneRow(await updateRow(tx, { account_sid, sid, ...changes }));
}

export async function deleteCallRow(tx: Tx, { account_sid, sid }: Key): Promise<void> {
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
    .where(unindexed('account_sid'), '=', account_sid)
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

/** The calls of an account that have not ended. */
export function countLiveCalls(
  tx: Tx,
  account_sid: string,
  { with_subaccounts }: { readonly with_subaccounts: boolean },
): Promise<number> {
  const family = tx
    .selectFrom('accounts')
    .select('sid')
    .where('owner_account_sid', '=', account_sid);
  const live = tx
    .selectFrom('calls')
    .where('account_sid', 'in', with_subaccounts ? family : [account_sid])
    .where('status', 'in', [...LIVE]);
  return countRows(live);
}
