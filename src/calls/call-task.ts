import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { CallCarrier } from '../carrier/carrier.ts';
import { behindLease, doTask } from '../jobs/do-task.ts';
import type { NextStep, Task } from '../jobs/task.ts';
import { type Call, isLive } from './call.ts';
import type { CallStep } from './call-step.ts';
import { findCallLocked } from './call-store.ts';

/** The next step of a call; null: the call has ended. */
export type NextCallStep = NextStep<CallStep> | null;

/** The due step of a call, and the call's carrier. */
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
 * The time after which a call that waits for another one checks by itself. The other call's end
 * wakes it earlier, so this matters only after a restore or damage.
 */
export const WATCH_MS = 60 * 60_000;

/**
 * Records a step of a call. Everything that follows belongs to the app whose URL controls the call.
 * @returns whether it was recorded; false: another change took the call from this worker
 */
export async function recordStep(
  { app, task, carrier }: CallTask,
  deed: (act: CallAct, call: Call) => Promise<NextCallStep>,
): Promise<boolean> {
  const resource = {
    hold: behindLease(app, task, async (tx) => {
      const call = await findCallLocked(tx, app.database.engine, task.sid);
      return call && isLive(call) ? call : undefined;
    }),
    grantOf: ({ url_by_grant }: Call) => url_by_grant,
  };
  return doTask(app, task, resource, (act, call) => deed({ ...act, carrier }, call));
}
