import { type SqlBool, sql } from 'kysely';
import type { Db, Engine, Tx } from '../db/database.ts';
import { scopeOf } from '../db/deed-scope.ts';
import { insertingLater, updateAll, waitingScopeOf } from '../db/insert-later.ts';
import { prepared } from '../db/prepared.ts';
import type { LaterWrite } from '../db/statement.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Task } from './task.ts';

type NewTask = Pick<Task, 'sid' | 'account_sid' | 'root_sid' | 'kind' | 'step' | 'date_next'>;

const UNLEASED = { lease: null, leased_until: null, failures: 0 } as const;

/** Writes the task of a resource that has none yet. */
export async function insertTask(tx: Tx, task: NewTask): Promise<void> {
  await insertRows(tx, [{ ...task, ...UNLEASED }]);
}

const insertRows = insertingLater(
  'carrier_tasks',
  prepared((db, task: NewTask & typeof UNLEASED) => db.insertInto('carrier_tasks').values(task)),
);

/** Writes a task, or replaces the step of an existing one. A worker's lease on it ends. */
export const putTask = prepared((db, task: NewTask) =>
  db
    .insertInto('carrier_tasks')
    .values({ ...task, ...UNLEASED })
    .onConflict((conflict) =>
      conflict.columns(['sid', 'root_sid']).doUpdateSet((eb) => ({
        account_sid: eb.ref('excluded.account_sid'),
        step: eb.ref('excluded.step'),
        date_next: eb.ref('excluded.date_next'),
        ...UNLEASED,
      })),
    ),
);

type Wanted = Record<'now' | 'real_now' | 'limit' | 'leased_until', number> & { lease: string };

const claimOnSqlite = prepared((db, { lease, leased_until, ...due }: Wanted) =>
  db
    .updateTable('carrier_tasks')
    .set({ lease, leased_until })
    .where('sid', 'in', selectDue(db, due))
    .returningAll(),
);

/** The array makes the search run once, so that it locks no more rows than the update leases. */
const claimOnPostgres = prepared((db, { lease, leased_until, ...due }: Wanted) =>
  db
    .updateTable('carrier_tasks')
    .set({ lease, leased_until })
    .where(sql<SqlBool>`sid = any(array(${selectDue(db, due).forUpdate().skipLocked()}))`)
    .returningAll(),
);

function selectDue(db: Db, { now, real_now, limit }: Pick<Wanted, 'now' | 'real_now' | 'limit'>) {
  return db
    .selectFrom('carrier_tasks')
    .select('sid')
    .where('date_next', '<=', now)
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', real_now)]))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(sql<number>`${limit} + 0`);
}

/**
 * Leases due tasks, the longest waiting first. Processes that do so at the same time lease
 * different ones.
 */
export async function claimTasks(tx: Tx, engine: Engine, wanted: Wanted): Promise<Task[]> {
  const claimed = await (engine === 'sqlite' ? claimOnSqlite : claimOnPostgres)(tx, wanted);
  return (claimed as Task[]).toSorted((a, b) => a.date_next - b.date_next);
}

type Leased = Pick<Task, 'sid' | 'lease'>;

const selectLeased = prepared((db, leased: Leased) => whereLeased(db, leased));
const lockLeased = prepared((db, leased: Leased) => whereLeased(db, leased).forUpdate());

function whereLeased(db: Db, { sid, lease }: Leased) {
  return db
    .selectFrom('carrier_tasks')
    .select('sid')
    .where('sid', '=', sid)
    .where('lease', '=', lease);
}

/** Locks a task for the transaction. @returns whether the lease is still the caller's. */
export async function isLeased(tx: Tx, engine: Engine, { sid, lease }: Leased): Promise<boolean> {
  const found = await (engine === 'sqlite' ? selectLeased : lockLeased)(tx, { sid, lease });
  return found.length > 0;
}

const selectTask = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('carrier_tasks').selectAll().where('sid', '=', sid),
);
const lockTask = prepared((db, { sid }: { sid: string }) =>
  db.selectFrom('carrier_tasks').selectAll().where('sid', '=', sid).forUpdate(),
);

/** Locks the task of a resource, leased or not, for something that happened to the resource. */
export async function holdTask(tx: Tx, engine: Engine, sid: string): Promise<Task | undefined> {
  const [task] = await (engine === 'sqlite' ? selectTask : lockTask)(tx, { sid });
  return task as Task | undefined;
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

const deleteBySid = prepared((db, { sid }: { sid: string }) =>
  db.deleteFrom('carrier_tasks').where('sid', '=', sid),
);

/** Deletes the task of a resource with which nothing is left to do. */
export async function deleteTask(tx: Tx, sid: string): Promise<void> {
  await deleteBySid(tx, { sid });
}

const settle = prepared((db, { sid, step, date_next }: Pick<Task, 'sid' | 'step' | 'date_next'>) =>
  db
    .updateTable('carrier_tasks')
    .set({ step, date_next, ...UNLEASED })
    .where('sid', '=', sid),
);

/**
 * Writes the next step of a task and ends its lease. The caller has locked the task, so on
 * PostgreSQL the rows of several steps are written together.
 */
export async function settleTask(
  tx: Tx,
  { sid }: Pick<Task, 'sid'>,
  step: string,
  date_next: EpochMs,
): Promise<void> {
  const scope = waitingScopeOf(tx);
  if (scope) scope.later(NEXT_STEPS, [{ sid, step, date_next }]);
  else await settle(tx, { sid, step, date_next });
}

/** Deletes a task that the caller has locked. */
export async function endTask(tx: Tx, sid: string): Promise<void> {
  const scope = waitingScopeOf(tx);
  if (scope) scope.later(ENDED, [sid]);
  else await deleteBySid(tx, { sid });
}

const SETTLED = ['step', 'date_next', 'lease', 'leased_until', 'failures'] as const;

const NEXT_STEPS: LaterWrite<Pick<Task, 'sid' | 'step' | 'date_next'>> = {
  tables: ['carrier_tasks'],
  write: (tx, rows) => {
    const settled = rows.map((row) => ({ ...row, ...UNLEASED }));
    return updateAll(tx, 'carrier_tasks', { keys: ['sid'], columns: SETTLED }, settled);
  },
};

const ENDED: LaterWrite<string> = {
  tables: ['carrier_tasks'],
  write: async (tx, sids) => {
    const text = 'delete from "carrier_tasks" where "sid" = any(cast($1 as text[]))';
    await scopeOf(tx)?.run(text, [`{${sids.join()}}`]);
  },
};

/** The task of a resource; undefined: nothing is left to do with it. */
export async function fetchTask(db: Db, sid: string): Promise<Task | undefined> {
  const task = await db
    .selectFrom('carrier_tasks')
    .selectAll()
    .where('sid', '=', sid)
    .executeTakeFirst();
  return task as Task | undefined;
}

const selectNextDue = prepared((db, { real_now }: { real_now: EpochMs }) =>
  db
    .selectFrom('carrier_tasks')
    .select('date_next')
    .where((eb) => eb.or([eb('leased_until', 'is', null), eb('leased_until', '<=', real_now)]))
    .orderBy('date_next')
    .orderBy('sid')
    .limit(1),
);

/** The time when the next unleased task falls due; null: there is none. */
export async function fetchNextDue(db: Db, real_now: EpochMs): Promise<EpochMs | null> {
  return (await selectNextDue(db, { real_now }))[0]?.date_next ?? null;
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
