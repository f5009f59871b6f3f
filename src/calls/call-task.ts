import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { CallCarrier } from '../carrier/carrier.ts';
import { doTask } from '../jobs/do-task.ts';
import type { NextStep, Task } from '../jobs/task.ts';
import { type Call, isLive } from './call.ts';
import type { CallStep } from './call-step.ts';
import { findCallLocked } from './call-store.ts';

/** What is next with a call; null: it has ended. */
export type NextCallStep = NextStep<CallStep> | null;

/** A step of a call that is to be taken, and the carrier that carries the call. */
export interface CallTask {
  readonly app: App;
  readonly task: Task;
  readonly carrier: CallCarrier;
}

/** The deed that takes a step of a call. */
export interface CallAct extends Act {
  readonly carrier: CallCarrier;
}

/**
 * How long a call that waits for another one lets pass before it looks by itself. The end of the
 * other one wakes it, so that this is for a world that was restored or damaged.
 */
export const WATCH_MS = 60 * 60_000;

/**
 * Records a step of a call as it is by now, which may not be as it was read before. What follows
 * from it is of the app whose URL runs the call.
 */
export async function recordStep(
  { app, task, carrier }: CallTask,
  { sid, url_by_grant }: Pick<Call, 'sid' | 'url_by_grant'>,
  deed: (act: CallAct, call: Call) => Promise<NextCallStep>,
): Promise<void> {
  await doTask(app, task, url_by_grant, async (act) => {
    const call = await findCallLocked(act.tx, app.database.engine, sid);
    return call && isLive(call) ? deed({ ...act, carrier }, call) : null;
  });
}
