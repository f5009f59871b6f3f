import { readStep } from '../jobs/step.ts';
import { CALL_STEPS, type EndStep } from './call-step.ts';
import { type CallTask, recordStep } from './call-task.ts';
import { lookFar, pickUp, ring, start, talk } from './connect-call.ts';
import { dialNumbers } from './dial-numbers.ts';
import { endCall, tellAction } from './end-call.ts';
import { startLive, watchLive } from './live/start-live.ts';
import { ask, endRecord, read } from './run-call-document.ts';

/** Does the next step of a call. */
export async function carryCall(doing: CallTask): Promise<unknown> {
  const { task } = doing;
  const step = readStep(CALL_STEPS, task.step);
  const due = task.date_next;
  switch (step.name) {
    case 'start':
      return startCall(doing);
    case 'live':
      return recordStep(doing, (act, now) => watchLive(act, now, step));
    case 'ring':
      return recordStep(doing, (act, now) => ring(act, now, due));
    case 'pick-up':
    case 'ring-on':
      return recordStep(doing, (act, now) => pickUp(act, now, due));
    case 'far':
      return recordStep(doing, (act, now) => lookFar(act, now, due));
    case 'ask':
      return ask(doing, step);
    case 'read':
      return read(doing, step);
    case 'record':
      return recordStep(doing, (act, now) => endRecord(act, now, step, due));
    case 'dial':
      return recordStep(doing, (act, now) => dialNumbers(act, now, step, due));
    case 'talk':
      return recordStep(doing, (act, now) => talk(act, now, step, due));
    case 'end':
      return recordStep(doing, async (act, now) => {
        const entries = whyEnded(step);
        const { seconds } = step.state;
        const ended = await endCall(act, now, { status: 'completed', seconds, entries }, due);
        if (step.last) await tellAction(act, ended, step.last);
        return null;
      });
  }
}

/** A call leaves over the wire that its carrier has, or without one. */
async function startCall(doing: CallTask): Promise<unknown> {
  if (await startLive(doing)) return undefined;
  return recordStep(doing, (act, now) => start(act, now, doing.task.date_next));
}

function whyEnded({ because }: EndStep) {
  if (because === 'error') {
    return [{ kind: 'note', detail: { message: 'The caller heard an error message.' } }] as const;
  }
  if (because === 'time-limit') {
    return [{ kind: 'note', detail: { message: 'The time of the call is up.' } }] as const;
  }
  return [];
}
