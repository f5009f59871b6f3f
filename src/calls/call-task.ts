import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import type { CallCarrier } from '../carrier/carrier.ts';
import { doTask } from '../jobs/do-task.ts';
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
 * Records a step of a call. It reads the call again first, because the call may have changed.
 * Everything that follows belongs to the app whose URL controls the call.
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
