import { laneOf } from '../access/main-accounts.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import type { Actor } from '../audit/audit-event.ts';
import type { Ahead, Tx } from '../db/database.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { endTask, isLeased, settleTask } from './task-store.ts';

/** The resource of a locked task; undefined: it is gone or has ended. */
interface Held<Thing> {
  readonly thing: Thing | undefined;
}

/** The resource of a task. */
export interface Resource<Thing> {
  /**
   * Locks the task in the transaction of the step, and reads the resource as it is now.
   * @returns null when the lease is no longer the caller's
   */
  readonly hold: (tx: Tx) => Promise<Held<Thing> | null>;
  /** The rows that `hold` locks, when they can be locked together with those of other steps. */
  readonly ahead?: Ahead;
  /** The grant of the resource; everything that follows belongs to the same app. */
  readonly grantOf: (thing: Thing) => string | null;
}

/**
 * Records a step together with the next one, in one deed, so that a crash leaves nothing between
 * two states. A request may have changed the resource meanwhile, for example ended the call. The
 * worker has then lost its lease, and its step is dropped.
 *
 * @param deed gets the resource as it is now. It returns the next step, or null when the task is
 *   finished. A task whose resource is gone is finished too.
 * @returns whether it was recorded
 */
export async function doTask<Thing>(
  app: App,
  task: Task,
  { hold, ahead, grantOf }: Resource<Thing>,
  deed: (act: Act, thing: Thing) => Promise<NextStep | null>,
): Promise<boolean> {
  let held: Held<Thing> | null = null;
  const actorOf = async (tx: Tx): Promise<Actor> => {
    held = await hold(tx);
    return systemFor(held?.thing === undefined ? null : grantOf(held.thing));
  };
  const record = async (doing: Act): Promise<boolean> => {
    const { tx } = doing;
    if (held === null) return false;
    const next = held.thing === undefined ? null : await deed(doing, held.thing);
    if (next === null) await endTask(tx, task.sid);
    else await settleTask(tx, task, writeStep(task.kind, next.step), next.date_next);
    return true;
  };
  return act(app, actorOf, record, { lane: await laneOf(app, task.account_sid), ahead });
}

/** Locks a task, and then reads its resource. */
export function behindLease<Thing>(
  { database }: App,
  task: Task,
  read: (tx: Tx) => Promise<Thing | undefined>,
): Resource<Thing>['hold'] {
  return async (tx) =>
    (await isLeased(tx, database.engine, task)) ? { thing: await read(tx) } : null;
}

/** Ends a task with which nothing is left to do. */
export async function dropTask(app: App, task: Task): Promise<void> {
  await doTask(
    app,
    task,
    { hold: behindLease(app, task, async () => undefined), grantOf: () => null },
    async () => null,
  );
}

/** The system as an actor, in the name of the app that made the resource. */
export function systemFor(grant_sid: string | null): Actor {
  return { kind: 'system', sid: null, grant_sid };
}
