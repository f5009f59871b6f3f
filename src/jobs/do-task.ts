import { laneOf } from '../access/main-accounts.ts';
import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import type { Actor } from '../audit/audit-event.ts';
import type { Tx } from '../db/database.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { deleteTask, isLeased, settleTask } from './task-store.ts';

/** The resource of a task. */
export interface Resource<Thing> {
  /** Reads it in the transaction of the step, as it is now; undefined: it is gone or has ended. */
  readonly read: (tx: Tx) => Promise<Thing | undefined>;
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
  { read, grantOf }: Resource<Thing>,
  deed: (act: Act, thing: Thing) => Promise<NextStep | null>,
): Promise<boolean> {
  let isOurs = false;
  let thing: Thing | undefined;
  const actorOf = async (tx: Tx): Promise<Actor> => {
    isOurs = await isLeased(tx, app.database.engine, task);
    thing = isOurs ? await read(tx) : undefined;
    return systemFor(thing === undefined ? null : grantOf(thing));
  };
  const record = async (doing: Act): Promise<boolean> => {
    const { tx } = doing;
    if (!isOurs) return false;
    const next = thing === undefined ? null : await deed(doing, thing);
    if (next === null) await deleteTask(tx, task.sid);
    else await settleTask(tx, task, writeStep(task.kind, next.step), next.date_next);
    return true;
  };
  return act(app, actorOf, record, await laneOf(app, task.account_sid));
}

/** Ends a task with which nothing is left to do. */
export async function dropTask(app: App, task: Task): Promise<void> {
  await doTask(app, task, { read: async () => undefined, grantOf: () => null }, async () => null);
}

/** The system as an actor, in the name of the app that made the resource. */
export function systemFor(grant_sid: string | null): Actor {
  return { kind: 'system', sid: null, grant_sid };
}
