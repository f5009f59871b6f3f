import type { App } from '../app.ts';
import { doTask } from '../jobs/do-task.ts';
import type { Task } from '../jobs/task.ts';
import { isLive } from './call.ts';
import type { CallStep, EndStep } from './call-step.ts';
import { fetchCall } from './call-store.ts';
import { recordStep } from './call-task.ts';
import { lookFar, pickUp, ring, start, talk } from './connect-call.ts';
import { dialNumbers } from './dial-numbers.ts';
import { endCall, tellAction } from './end-call.ts';
import { ask, endRecord, read } from './run-call-document.ts';

/** Carries a call one step further. */
export async function simulateCall(app: App, task: Task): Promise<void> {
  const step = JSON.parse(task.step) as CallStep;
  const call = await fetchCall(app.database.db, task.account_sid, task.sid);
  if (!call || !isLive(call)) {
    await doTask(app, task, null, async () => null);
    return;
  }
  const due = task.date_next;
  switch (step.name) {
    case 'start':
      return recordStep(app, task, call, (act, now) => start(act, now, due));
    case 'ring':
      return recordStep(app, task, call, (act, now) => ring(act, now, due));
    case 'pick-up':
    case 'ring-on':
      return recordStep(app, task, call, (act, now) => pickUp(act, now, due));
    case 'far':
      return recordStep(app, task, call, (act, now) => lookFar(act, now, due));
    case 'ask':
      return ask(app, task, call, step);
    case 'read':
      return read(app, task, call, step);
    case 'record':
      return recordStep(app, task, call, (act, now) => endRecord(act, now, step, due));
    case 'dial':
      return recordStep(app, task, call, (act, now) => dialNumbers(act, now, step, due));
    case 'talk':
      return recordStep(app, task, call, (act, now) => talk(act, now, step, due));
    case 'end':
      return recordStep(app, task, call, async (act, now) => {
        const entries = whyEnded(step);
        const { seconds } = step.state;
        const ended = await endCall(act, now, { status: 'completed', seconds, entries }, due);
        if (step.last) await tellAction(act, ended, step.last);
        return null;
      });
  }
}

function whyEnded({ because }: EndStep) {
  if (because === 'error') {
    return [{ kind: 'note', detail: { message: 'The caller was told of an error.' } }] as const;
  }
  if (because === 'time-limit') {
    return [{ kind: 'note', detail: { message: 'The time of the call is up.' } }] as const;
  }
  return [];
}
