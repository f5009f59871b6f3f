import type { Act } from '../audit/act.ts';
import { handOver } from '../jobs/hand-over.ts';
import { readStep } from '../jobs/step.ts';
import type { Call } from './call.ts';
import { optionsOf } from './call-options.ts';
import {
  CALL_STEPS,
  type CallStep,
  type DialStep,
  type EndStep,
  type RecordStep,
  RING_SECONDS,
  runningOf,
} from './call-step.ts';
import { fetchChildren, lockTask } from './call-store.ts';
import { secondsNow } from './end-call.ts';

/**
 * Limits the duration of a call whose steps are planned already. A call at its limit ends now. A
 * call whose current step would pass the limit ends in the middle of that step.
 */
export async function limitTime(
  act: Act,
  { sid, account_sid, root_sid }: Pick<Call, 'sid' | 'account_sid' | 'root_sid'>,
  max_seconds: number,
): Promise<void> {
  const thing = { sid, account_sid, root_sid, kind: 'call' } as const;
  const seconds = await secondsNow(act, sid);
  const task = await lockTask(act.tx, act.app.database.engine, sid);
  const step = task && readStep(CALL_STEPS, task.step);
  const running = step && runningOf(step);
  if (!running || !('state' in step)) return;
  const limited = { ...step, state: { ...step.state, max_seconds } };
  if (step.name === 'dial') await limitLegs(act, thing, step, max_seconds);
  if (running.state.seconds <= max_seconds) {
    await handOver(act, thing, { step: limited, date_next: task.date_next });
    return;
  }
  const last = Math.max(max_seconds, seconds);
  const { since } = running;
  const part = (last - since.seconds) / Math.max(1, running.state.seconds - since.seconds);
  const date_next = Math.round(since.at + (task.date_next - since.at) * Math.min(1, part));
  const state = { ...running.state, seconds: last, max_seconds };
  const cut = cutOff(step, last) ?? ({ name: 'end', because: 'time-limit' } as const);
  await handOver(act, thing, { step: { ...cut, ...running, state } as EndStep, date_next });
}

/** A recording ends with its call. */
function cutOff(step: CallStep, last: number): RecordStep | null {
  if (step.name !== 'record' || last <= step.record.began) return null;
  const seconds = Math.min(step.record.seconds, last - step.record.began);
  return { ...step, record: { ...step.record, seconds, digits: 'hangup', is_hung_up: true } };
}

async function limitLegs(
  act: Act,
  { account_sid, sid }: Pick<Call, 'sid' | 'account_sid'>,
  step: DialStep,
  max_seconds: number,
): Promise<void> {
  for (const leg of await fetchChildren(act.tx, account_sid, sid)) {
    const isTalking = leg.status === 'in-progress' && !optionsOf(leg).is_detached;
    if (!isTalking) continue;
    await limitTime(act, leg, Math.max(0, max_seconds - step.state.seconds - RING_SECONDS));
  }
}
