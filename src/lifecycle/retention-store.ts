import { sql } from 'kysely';
import { type Call, LIVE } from '../calls/call.ts';
import type { Db, Engine, Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import { ENDINGS, type Message } from '../messages/message.ts';
import type { Recording } from '../recordings/recording.ts';

/** An account whose data may be too old, and its main account. */
export interface OldAccount {
  readonly sid: string;
  readonly owner_account_sid: string;
}

/** The accounts after a SID, in the order of SIDs. */
export function listAccountsAfter(db: Db, after: string, limit: number): Promise<OldAccount[]> {
  return db
    .selectFrom('accounts')
    .select(['sid', 'owner_account_sid'])
    .where('sid', '>', after)
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** A span of creation: from a moment on, and before another one. */
export interface Span {
  readonly from: EpochMs;
  readonly until: EpochMs;
}

/** Complete messages of a span, oldest first: the carrier has nothing left to do with them. */
function completeMessages(db: Db, account_sid: string, { from, until }: Span, limit: number) {
  return db
    .selectFrom('messages')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('date_created', '>=', from)
    .where('date_created', '<', until)
    .where('status', 'in', [...ENDINGS, 'sent'])
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('carrier_tasks as task')
            .select('task.sid')
            .whereRef('task.sid', '=', 'messages.sid'),
        ),
      ),
    )
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit);
}

export function listOldMessages(
  db: Db,
  account_sid: string,
  span: Span,
  limit: number,
): Promise<Message[]> {
  return completeMessages(db, account_sid, span, limit).execute();
}

/** Old messages that still have a text or a file. */
export function listOldTexts(
  db: Db,
  account_sid: string,
  span: Span,
  limit: number,
): Promise<Message[]> {
  return completeMessages(db, account_sid, span, limit)
    .where((eb) =>
      eb.or([
        eb('body', 'is not', null),
        eb.exists(
          eb
            .selectFrom('message_media as file')
            .select('file.sid')
            .whereRef('file.account_sid', '=', 'messages.account_sid')
            .whereRef('file.message_sid', '=', 'messages.sid'),
        ),
      ]),
    )
    .execute();
}

/** Old calls that have ended, and with which the carrier has nothing left to do. */
export function listOldCalls(
  db: Db,
  account_sid: string,
  { from, until }: Span,
  limit: number,
): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('date_created', '>=', from)
    .where('date_created', '<', until)
    .where('status', 'not in', [...LIVE])
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('carrier_tasks as task')
            .select('task.sid')
            .whereRef('task.sid', '=', 'calls.sid'),
        ),
      ),
    )
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** Old recordings that have ended and are not deleted. */
export function listOldRecordings(
  db: Db,
  account_sid: string,
  { from, until }: Span,
  limit: number,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('date_deleted', 'is', null)
    .where('date_created', '>=', from)
    .where('date_created', '<', until)
    .where('status', 'in', ['completed', 'absent'])
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** Whether an audit log has events before a moment, besides its newest one. */
export async function hasOldEvents(db: Db, account_sid: string, until: EpochMs): Promise<boolean> {
  const oldest = await db
    .selectFrom('audit_chains as chain')
    .innerJoin('audit_events as event', (join) =>
      join
        .onRef('event.account_sid', '=', 'chain.account_sid')
        .onRef('event.number', '=', 'chain.first'),
    )
    .select('event.date_created')
    .where('chain.account_sid', '=', account_sid)
    .whereRef('chain.first', '<', 'chain.number')
    .executeTakeFirst();
  return oldest !== undefined && oldest.date_created < until;
}

/**
 * Deletes the oldest events of an audit log before a moment, and moves the beginning of its chain.
 * The events that stay follow each other without a gap, and the newest event always stays.
 * @returns the number of deleted events
 */
export async function deleteOldestEvents(
  tx: Tx,
  engine: Engine,
  { account_sid, until, limit }: { account_sid: string; until: EpochMs; limit: number },
): Promise<number> {
  let head = tx.selectFrom('audit_chains').selectAll().where('account_sid', '=', account_sid);
  if (engine === 'postgres') head = head.forNoKeyUpdate();
  const chain = await head.executeTakeFirst();
  if (!chain) return 0;
  const oldest = await tx
    .selectFrom('audit_events')
    .select(['number', 'date_created'])
    .where('account_sid', '=', account_sid)
    .where('number', '<', chain.number)
    .orderBy('number')
    .limit(limit)
    .execute();
  const young = oldest.findIndex(({ date_created }) => date_created >= until);
  const last = oldest.at(young < 0 ? -1 : young - 1);
  if (young === 0 || !last) return 0;
  const { numDeletedRows } = await tx
    .deleteFrom('audit_events')
    .where('account_sid', '=', account_sid)
    .where('number', '<=', last.number)
    .executeTakeFirstOrThrow();
  await tx
    .updateTable('audit_chains')
    .set({ first: sql<number>`${last.number} + 1` })
    .where('account_sid', '=', account_sid)
    .execute();
  return Number(numDeletedRows);
}
