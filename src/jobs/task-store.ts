import { sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Task } from './task.ts';

type NewTask = Pick<Task, 'sid' | 'account_sid' | 'kind' | 'step' | 'date_next'>;

/** Writes a task, or replaces the step of an existing one. A worker's lease on it ends. */
export async function putTask(tx: Tx, task: NewTask): Promise<void> {
  await tx
    .insertInto('carrier_tasks')
    .values({ ...task, lease: null, leased_until: null, failures: 0 })
    .onConflict((conflict) =>
      conflict.column('sid').doUpdateSet({
        account_sid: task.account_sid,
        step: task.step,
        date_next: task.date_next,
        lease: null,
        leased_until: null,
        failures: 0,
      }),
    )
    .execute();
}

/**
 * Leases due tasks, the longest waiting first. Processes that do so at the same time lease
 * different ones.
 */
export async function claimTasks(
  tx: Tx,
  engine: Engine,
  wanted: { now: EpochMs; real_now: EpochMs; limit: number; lease: string; leased_until: EpochMs },
): Promise<Task[]> {
  const { now, real_now, limit, lease, leased_until } = wanted;
  const due = tx
    .selectFrom('carrier_tasks')
    .select('sid')
    .where('date_next', '<=', now)
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', real_now)]))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(sql<number>`${limit} + 0`);
  const found = await (engine === 'sqlite' ? due : due.forUpdate().skipLocked()).execute();
  if (found.length === 0) return [];
  const sids = found.map(({ sid }) => sid);
  const claimed = await tx
    .updateTable('carrier_tasks')
    .set({ lease, leased_until })
    .where('sid', 'in', sids)
    .returningAll()
    .execute();
  return (claimed as Task[]).toSorted((a, b) => a.date_next - b.date_next);
}

/** Locks a task for the transaction. @returns whether the lease is still the caller's. */
export async function isLeased(
  tx: Tx,
  engine: Engine,
  { sid, lease }: Pick<Task, 'sid' | 'lease'>,
): Promise<boolean> {
  const query = tx
    .selectFrom('carrier_tasks')
    .select('sid')
    .where('sid', '=', sid)
    .where('lease', '=', lease);
  const found = await (engine === 'sqlite' ? query : query.forUpdate()).executeTakeFirst();
  return found !== undefined;
}

/** Gives a leased task back, for later. */
export async function deferTask(
  tx: Tx,
  { sid, lease }: Pick<Task, 'sid' | 'lease'>,
  date_next: EpochMs,
): Promise<void> {
  await tx
    .updateTable('carrier_tasks')
    .set((eb) => ({
      lease: null,
      leased_until: null,
      date_next,
      failures: eb('failures', '+', 1),
    }))
    .where('sid', '=', sid)
    .where('lease', '=', lease)
    .execute();
}

/** Deletes the task of a resource with which nothing is left to do. */
export async function deleteTask(tx: Tx, sid: string): Promise<void> {
  await tx.deleteFrom('carrier_tasks').where('sid', '=', sid).execute();
}

/** Writes the next step of a task and ends its lease. */
export async function settleTask(
  tx: Tx,
  { sid }: Pick<Task, 'sid'>,
  step: string,
  date_next: EpochMs,
): Promise<void> {
  await tx
    .updateTable('carrier_tasks')
    .set({
      step,
      date_next,
      lease: null,
      leased_until: null,
      failures: 0,
    })
    .where('sid', '=', sid)
    .execute();
}

/** The task of a resource; undefined: nothing is left to do with it. */
export async function fetchTask(db: Db, sid: string): Promise<Task | undefined> {
  const task = await db
    .selectFrom('carrier_tasks')
    .selectAll()
    .where('sid', '=', sid)
    .executeTakeFirst();
  return task as Task | undefined;
}

/** The time when the next unleased task falls due; null: there is none. */
export async function fetchNextDue(db: Db, real_now: EpochMs): Promise<EpochMs | null> {
  const next = await db
    .selectFrom('carrier_tasks')
    .select('date_next')
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', real_now)]))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(1)
    .executeTakeFirst();
  return next?.date_next ?? null;
}

/** The number of tasks that are due or in progress. */
export async function countDueTasks(db: Db, now: EpochMs): Promise<number> {
  const { count } = await db
    .selectFrom('carrier_tasks')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('date_next', '<=', now)
    .executeTakeFirstOrThrow();
  return count;
}
