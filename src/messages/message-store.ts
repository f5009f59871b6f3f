import { type SqlBool, sql, type Updateable } from 'kysely';
import { within } from '../carrier/late-store.ts';
import type { Ahead, AheadWork, Db, Engine, Tx } from '../db/database.ts';
import { insertingLater, updateAll, waitingScopeOf } from '../db/insert-later.ts';
import {
  type Condition,
  equal,
  oneRow,
  type Page,
  type PageRequest,
  rare,
  searchWholePage,
  unindexed,
} from '../db/keyset.ts';

import { prepared } from '../db/prepared.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { MessagesTable } from '../db/tables/acting-tables.ts';
import type { Task } from '../jobs/task.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Message } from './message.ts';

const insertRows = insertingLater(
  'messages',
  prepared((db, message: Message) => db.insertInto('messages').values(message)),
);

export async function insertMessage(tx: Tx, message: Message): Promise<Message> {
  await insertRows(tx, [message]);
  return message;
}

/** The filters of a list of messages: to or from a number, sent within a span of time. */
export interface MessageFilter {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly sent: { readonly from: EpochMs; readonly until: EpochMs };
}

export function listMessages(
  db: Db,
  account_sid: string,
  { to, from, sent }: MessageFilter,
  page: PageRequest,
): Promise<Page<Message>> {
  let query = db.selectFrom('messages').selectAll().where('account_sid', '=', account_sid);
  const conditions: Condition[] = [];
  if (to !== undefined) query = query.where(rare(db, 'to', to));
  if (from !== undefined) {
    if (to === undefined) query = query.where(rare(db, 'from', from));
    else conditions.push(equal('from', from));
  }
  const isSent = within({ table: 'messages', account_sid, column: 'date_sent' }, sent);
  if (isSent) query = query.where(isSent);
  return searchWholePage(db, query, conditions, page);
}

type Key = Pick<Message, 'account_sid' | 'sid'>;

const selectMessage = prepared((db, { account_sid, sid }: Key) =>
  db
    .selectFrom('messages')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid),
);

export async function fetchMessage(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<Message | undefined> {
  return (await selectMessage(db, { account_sid, sid }))[0];
}

type Leased = Pick<Task, 'sid' | 'lease'>;

const selectLeased = prepared((db, leased: Leased) => whereLeased(db, leased));
const lockLeased = prepared((db, leased: Leased) => whereLeased(db, leased).forUpdate('task'));

function whereLeased(db: Db, { sid, lease }: Leased) {
  return db
    .selectFrom('carrier_tasks as task')
    .leftJoin('messages as message', (join) =>
      join
        .onRef('message.sid', '=', 'task.sid')
        .onRef('message.account_sid', '=', 'task.account_sid'),
    )
    .where('task.sid', '=', sid)
    .where('task.lease', '=', lease)
    .selectAll('message');
}

/**
 * Locks the task of a message, and reads the message. A change that takes the message away from its
 * worker also ends the lease. A callback that is removed at the same moment is missing in the row
 * that the next update of the message returns.
 * @returns null when the lease is no longer the caller's
 */
export async function holdMessage(
  tx: Tx,
  engine: Engine,
  { sid, lease }: Leased,
): Promise<{ readonly thing: Message | undefined } | null> {
  const ahead = await holdAhead(tx, { sid, lease });
  if (ahead) return { thing: ahead };
  const [found] = await (engine === 'sqlite' ? selectLeased : lockLeased)(tx, { sid, lease });
  if (!found) return null;
  return { thing: found.sid === null ? undefined : (found as Message) };
}

const HELD = Symbol('held messages');

/** Locks the messages of all steps of a transaction together. */
const HOLDING: AheadWork<Leased> = {
  run: (tx, first, others) => holdFree(tx, [...first, ...others]),
};

/** The task and the message that a step locks. */
export function aheadOfMessage({ sid, lease }: Leased): Ahead {
  return { work: HOLDING, needs: [{ sid, lease }] };
}

interface Held {
  readonly lease: string | null;
  readonly message: Message;
}

/** The messages that the transaction has locked together with their tasks, as they are now. */
function heldMessages(tx: Tx): Map<string, Held> | undefined {
  return waitingScopeOf(tx)?.kept(HELD, () => new Map(), 'messages', 'carrier_tasks');
}

/**
 * Rows that another transaction has locked are left out, so that no step waits here for the message
 * of another one.
 */
const lockFree = prepared((db, { sids, leases }: { sids: string; leases: string }) =>
  db
    .selectFrom('carrier_tasks as task')
    .innerJoin('messages as message', (join) =>
      join
        .onRef('message.sid', '=', 'task.sid')
        .onRef('message.account_sid', '=', 'task.account_sid'),
    )
    .where(
      sql<SqlBool>`(task.sid, task.lease) in
        (select * from unnest(cast(${sids} as text[]), cast(${leases} as text[])))`,
    )
    .selectAll('message')
    .select('task.lease as lease')
    .forNoKeyUpdate(['task', 'message'])
    .skipLocked(),
);

async function holdFree(tx: Tx, leased: readonly Leased[]): Promise<void> {
  const sids = `{${leased.map(({ sid }) => sid).join()}}`;
  const leases = `{${leased.map(({ lease }) => lease).join()}}`;
  const found = await lockFree(tx, { sids, leases });
  for (const { lease, ...message } of found) {
    heldMessages(tx)?.set(message.sid, { lease, message });
  }
}

/**
 * On PostgreSQL, locks the task and the message of a step, unless that has been done ahead.
 * @returns undefined when another transaction has locked one of them
 */
async function holdAhead(tx: Tx, leased: Leased): Promise<Message | undefined> {
  if (!heldMessages(tx)) return undefined;
  if (!heldMessages(tx)?.has(leased.sid)) await holdFree(tx, [leased]);
  const held = heldMessages(tx)?.get(leased.sid);
  return held?.lease === leased.lease ? held.message : undefined;
}

/** Counts the messages that left since a time with the same ends and the same text. */
export async function countAlike(
  db: Db,
  { account_sid, to, from, body }: Message,
  since: EpochMs,
): Promise<number> {
  const { count } = await db
    .selectFrom('messages')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('account_sid', '=', account_sid)
    .where(rare(db, 'to', to))
    .where(unindexed('from'), '=', from)
    .where('body', '=', body)
    .where('direction', '!=', 'inbound')
    .where('status', 'not in', ['accepted', 'scheduled', 'queued', 'canceled'])
    .where('date_updated', '>=', since)
    .executeTakeFirstOrThrow();
  return count;
}

/** The columns of a message that can change. */
type MessageChanges = Omit<Updateable<MessagesTable>, keyof Key>;

const updateRow = prepared((db, { account_sid, sid, ...changes }: Key & MessageChanges) =>
  db
    .updateTable('messages')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll(),
);

export async function updateMessage(
  tx: Tx,
  { account_sid, sid }: Key,
  changes: MessageChanges,
): Promise<Message> {
  const held = heldMessages(tx)?.get(sid);
  if (held) return changeHeld(tx, held, changes);
  return oneRow(await updateRow(tx, { account_sid, sid, ...changes }));
}

/** Changes a message that is locked, so nobody else can change it before the row is written. */
function changeHeld(tx: Tx, held: Held, changes: MessageChanges): Message {
  const { sid } = held.message;
  const message = { ...held.message, ...changes } as Message;
  const columns = Object.keys(changes) as (keyof Message)[];
  const all = heldMessages(tx);
  all?.set(sid, { ...held, message });
  const scope = waitingScopeOf(tx);
  scope?.onUndo(() => void all?.set(sid, held));
  scope?.later(CHANGED, [{ message, columns }]);
  return message;
}

interface Changed {
  readonly message: Message;
  readonly columns: readonly (keyof Message)[];
}

/** A message that changed twice is written once, as it is in the end. */
const CHANGED: LaterWrite<Changed> = {
  tables: ['messages'],
  write: (tx, rows) => {
    const columns = [...new Set(rows.flatMap((row) => row.columns))];
    const messages = new Map(rows.map(({ message }) => [message.sid, message]));
    const keys = ['account_sid', 'sid'] as const;
    return updateAll(tx, 'messages', { keys, columns }, [...messages.values()]);
  },
};

export async function deleteMessageRow(
  tx: Tx,
  { account_sid, sid }: Pick<Message, 'account_sid' | 'sid'>,
): Promise<void> {
  await tx
    .deleteFrom('messages')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .execute();
}

/**
 * The scheduled messages of an account, all of them or those of one grant. The query starts from
 * the carrier's tasks, because these are few beside all messages.
 */
export async function fetchScheduled(
  tx: Tx,
  account_sid: string,
  created_by_grant: string | null,
): Promise<Message[]> {
  let query = tx
    .selectFrom('messages')
    .selectAll()
    .where(unindexed('account_sid'), '=', account_sid)
    .where('status', '=', 'scheduled')
    .where('sid', 'in', underWay(tx, account_sid));
  if (created_by_grant !== null) query = query.where('created_by_grant', '=', created_by_grant);
  return query.orderBy('date_created').orderBy('sid').execute();
}

/** Removes an app's callbacks from messages in progress. */
export async function muteMessagesOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
): Promise<void> {
  await tx
    .updateTable('messages')
    .set({ status_callback: null, callback_by_grant: null })
    .where(unindexed('account_sid'), '=', account_sid)
    .where('callback_by_grant', '=', grant_sid)
    .where('sid', 'in', underWay(tx, account_sid))
    .execute();
}

function underWay(tx: Tx, account_sid: string) {
  return tx
    .selectFrom('carrier_tasks')
    .select('sid')
    .where('account_sid', '=', account_sid)
    .where('kind', '=', 'message');
}
