import type { App } from '../app.ts';
import { type Act, act } from '../audit/act.ts';
import type { Actor } from '../audit/audit-event.ts';
import { writeStep } from './step.ts';
import type { NextStep, Task } from './task.ts';
import { deleteTask, isLeased, settleTask } from './task-store.ts';

/**
 * Records a step together with the next one, in one deed, so that a crash leaves nothing between
 * two states. A request may have changed the resource meanwhile, for example ended the call. The
 * worker has then lost its lease, and its step is dropped.
 *
 * @param created_by_grant the grant of the resource; everything that follows belongs to the same
 *   app
 * @param deed returns the next step, or null when the task is finished
 * @returns whether it was recorded
 */
export function doTask(
  app: App,
  task: Task,
  created_by_grant: string | null,
  deed: (act: Act) => Promise<NextStep | null>,
): Promise<boolean> {
  return act(app, systemFor(created_by_grant), async (doing) => {
    const { tx } = doing;
    if (!(await isLeased(tx, app.database.engine, task))) return false;
    const next = await deed(doing);
    if (next === null) await deleteTask(tx, task.sid);
    else await settleTask(tx, task, writeStep(task.kind, next.step), next.date_next);
    return true;
  });
}

/** The system as an actor, in the name of the app that made the resource. */
export function systemFor(grant_sid: string | null): Actor {
  return { kind: 'system', sid: null, grant_sid };
}
