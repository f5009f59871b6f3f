import type { Selectable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import type { LegsTable } from '../../db/tables/acting-tables.ts';
import type { Task } from '../../jobs/task.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { type Call, LIVE } from '../call.ts';

/** Without a sign of life for this long, a process counts as dead, and others end its calls. */
export const DEAD_MS = 14_000;

/** The leg of a call over a wire. */
export type Leg = Selectable<LegsTable>;

export async function insertLeg(tx: Tx, leg: Leg): Promise<void> {
  await tx.insertInto('legs').values(leg).execute();
}

export async function answerLeg(
  tx: Tx,
  { call_sid, root_sid }: Pick<Leg, 'call_sid' | 'root_sid'>,
  answer: Pick<Leg, 'answered_at' | 'dialog'>,
): Promise<void> {
  await tx
    .updateTable('legs')
    .set(answer)
    .where('call_sid', '=', call_sid)
    .where('root_sid', '=', root_sid)
    .execute();
}

/** The time of a call that is paid ahead. */
export interface Paid {
  readonly paid_seconds: number;
  /** The price of these seconds. */
  readonly reserved_micro: number;
}

export async function payLeg(
  tx: Tx,
  { call_sid, root_sid }: Pick<Leg, 'call_sid' | 'root_sid'>,
  paid: Paid | null,
): Promise<void> {
  await tx
    .updateTable('legs')
    .set(paid ?? { paid_seconds: null, reserved_micro: null })
    .where('call_sid', '=', call_sid)
    .where('root_sid', '=', root_sid)
    .execute();
}

/** The price that other calls of the same main account, or of the same grant, have paid ahead. */
export async function sumReserved(
  tx: Tx,
  call: Pick<Call, 'sid' | 'root_sid' | 'created_by_grant'>,
  { of }: { readonly of: 'account' | 'grant' },
): Promise<number> {
  let query = tx
    .selectFrom('legs')
    .innerJoin('calls', 'calls.sid', 'legs.call_sid')
    .where('legs.root_sid', '=', call.root_sid)
    .where('legs.call_sid', '!=', call.sid)
    .where('calls.status', 'in', [...LIVE]);
  if (of === 'grant') query = query.where('calls.created_by_grant', '=', call.created_by_grant);
  const rows = await query.select('legs.reserved_micro').execute();
  return rows.reduce((sum, { reserved_micro }) => sum + (reserved_micro ?? 0), 0);
}

export async function deleteLeg(
  tx: Tx,
  { call_sid, root_sid, owner }: Pick<Leg, 'call_sid' | 'root_sid' | 'owner'>,
): Promise<void> {
  await tx
    .deleteFrom('legs')
    .where('call_sid', '=', call_sid)
    .where('root_sid', '=', root_sid)
    .where('owner', '=', owner)
    .execute();
}

export async function fetchLeg(db: Db, call_sid: string): Promise<Leg | undefined> {
  return db.selectFrom('legs').selectAll().where('call_sid', '=', call_sid).executeTakeFirst();
}

/** A leg of a process, and the step in its call's task; null: the call has ended. */
export interface OwnedLeg {
  readonly call_sid: string;
  readonly task: Task | null;
}

/** The legs of a process, with the tasks of their calls. */
export async function listOwnedLegs(db: Db, owner: string): Promise<OwnedLeg[]> {
  const rows = await db
    .selectFrom('legs')
    .leftJoin('carrier_tasks as task', 'task.sid', 'legs.call_sid')
    .where('legs.owner', '=', owner)
    .selectAll('task')
    .select('legs.call_sid')
    .execute();
  return rows.map(({ call_sid, ...task }) => ({
    call_sid,
    task: task.sid === null ? null : (task as Task),
  }));
}

/** Writes the sign of life of a process that holds legs. */
export async function writeOwner(tx: Tx, id: string, date_seen: EpochMs): Promise<void> {
  await tx
    .insertInto('leg_owners')
    .values({ id, date_seen })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ date_seen }))
    .execute();
}

/** A leg with the last sign of life of its owner; null: none is known. */
export type SeenLeg = Leg & { readonly date_seen: EpochMs | null };

function selectSeen(db: Db) {
  return db
    .selectFrom('legs')
    .leftJoin('leg_owners', 'leg_owners.id', 'legs.owner')
    .selectAll('legs')
    .select('leg_owners.date_seen');
}

export function fetchSeenLeg(db: Db, call_sid: string): Promise<SeenLeg | undefined> {
  return selectSeen(db).where('legs.call_sid', '=', call_sid).executeTakeFirst();
}

/**
 * The moment up to which a leg has provably lasted: now, or the last sign of life of a dead owner.
 */
export function provenAt({ date_seen, answered_at }: SeenLeg, real_now: EpochMs): EpochMs {
  if (date_seen === null) return answered_at ?? real_now;
  return date_seen < real_now - DEAD_MS ? date_seen : real_now;
}

/** Legs of other processes that gave no sign of life since `since`. */
export function listLostLegs(
  db: Db,
  {
    owner,
    since,
    limit,
  }: { readonly owner: string; readonly since: EpochMs; readonly limit: number },
): Promise<SeenLeg[]> {
  return selectSeen(db)
    .where('legs.owner', '!=', owner)
    .where((eb) =>
      eb.or([eb('leg_owners.date_seen', 'is', null), eb('leg_owners.date_seen', '<', since)]),
    )
    .limit(limit)
    .execute();
}

/** Takes a leg from a dead owner. @returns whether it was still that owner's */
export async function takeLeg(
  tx: Tx,
  { call_sid, root_sid, owner }: Pick<Leg, 'call_sid' | 'root_sid' | 'owner'>,
  by: string,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('legs')
    .set({ owner: by })
    .where('call_sid', '=', call_sid)
    .where('root_sid', '=', root_sid)
    .where('owner', '=', owner)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Deletes owners without legs that have not been seen since `since`. */
export async function forgetOwners(tx: Tx, since: EpochMs): Promise<void> {
  await tx
    .deleteFrom('leg_owners')
    .where('date_seen', '<', since)
    .where('id', 'not in', (eb) => eb.selectFrom('legs').select('legs.owner'))
    .execute();
}
