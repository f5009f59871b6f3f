import type { Act } from '../audit/act.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { callbackEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { handOver, takeBack } from '../jobs/hand-over.ts';
import { readStep } from '../jobs/step.ts';
import { deleteCookies } from '../twiml/cookie-store.ts';
import { type Call, callParameters, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import {
  CALL_STEPS,
  type CallStep,
  liveSeconds,
  type Request,
  RING_SECONDS,
  secondsAt,
} from './call-step.ts';
import { fetchChildren, findCallLocked, lockTask } from './call-store.ts';
import { fetchSeenLeg, provenAt } from './live/leg-store.ts';
import { nudgeLegs } from './live/nudge-legs.ts';
import { keepRecord } from './record-verb.ts';
import { type CallEnding, reportEnded } from './report-call.ts';

/**
 * Ends a call with the legs that it has dialled, and wakes the calls that wait for it: the call
 * that dialled it, and the other end of a call between two numbers of this platform.
 * @param due the time of the steps that follow
 */
export async function endCall(
  act: Act,
  call: Call,
  ending: CallEnding,
  due: number = act.now,
): Promise<Call> {
  const ended = await reportEnded(act, call, ending);
  await takeBack(act, call.sid);
  nudgeLegs(act.app);
  await deleteCookies(act.tx, { account_sid: call.account_sid, conversation: call.sid });
  await hangUpChildren(act, call);
  const { linked_sid } = optionsOf(call);
  for (const sid of [linked_sid, call.parent_call_sid]) {
    if (sid !== null) await wakeCall(act, sid, due);
  }
  return ended;
}

/** Requests the action of the verb in which a call ended. The answer has no effect. */
export async function tellAction(
  act: Act,
  call: Call,
  { url, method, parameters }: Request,
): Promise<void> {
  const { account_sid, root_sid, status, url_by_grant } = call;
  const delivery_sid = await sendCallback(act, {
    account_sid,
    root_sid,
    kind: 'call-action',
    url,
    method,
    parameters: { ...callParameters(call), ...parameters },
    url_by_grant,
  });
  const entry = callbackEntry(delivery_sid, { url, method, status });
  await addToTimeline(act.tx, call, act.now, [entry]);
}

/**
 * Hangs a call up from outside. The call and its other end stop now, in any step. An answered call
 * is completed and metered. A call that was not answered is canceled.
 */
export async function hangUp(act: Act, call: Call): Promise<Call> {
  const seconds = await secondsNow(act, call.sid);
  await breakOff(act, call, seconds);
  const isAnswered = call.status === 'in-progress';
  const ended = await endCall(act, call, {
    status: isAnswered ? 'completed' : 'canceled',
    seconds,
  });
  const { linked_sid } = optionsOf(call);
  if (linked_sid !== null) await hangUpSid(act, linked_sid);
  return ended;
}

/** Stores the recording so far of a call that gets another step. */
export async function breakOff(act: Act, call: Call, seconds: number): Promise<void> {
  const task = await lockTask(act.tx, act.app.database.engine, call.sid);
  const step = task && readStep(CALL_STEPS, task.step);
  if (step?.name !== 'record') return;
  const recorded = Math.min(step.record.seconds, seconds - step.record.began);
  if (recorded <= 0) return;
  await keepRecord(act, call, { ...step.record, seconds: recorded }, act.now);
}

/** Ends the legs that a call has dialled, except those with their own document. */
export async function hangUpChildren(act: Act, call: Call): Promise<void> {
  for (const child of await fetchChildren(act.tx, call.account_sid, call.sid)) {
    if (isLive(child) && !optionsOf(child).is_detached) await hangUpSid(act, child.sid);
  }
}

async function hangUpSid(act: Act, sid: string): Promise<void> {
  const call = await findCallLocked(act.tx, act.app.database.engine, sid);
  if (call && isLive(call)) await hangUp(act, call);
}

/** The seconds that a call has lasted so far. */
export async function secondsNow(act: Act, sid: string): Promise<number> {
  const { app, tx, now } = act;
  const task = await lockTask(tx, app.database.engine, sid);
  if (!task) return 0;
  const step = readStep(CALL_STEPS, task.step);
  if (step.name === 'live') {
    const real_now = app.realNow();
    const leg = await fetchSeenLeg(tx, sid);
    const seconds = liveSeconds(step, leg ? provenAt(leg, real_now) : real_now);
    return Math.min(seconds, leg?.paid_seconds ?? seconds);
  }
  if (step.name !== 'dial') return secondsAt(step, task.date_next, now);
  const { seconds, max_seconds } = step.state;
  const legs = await fetchChildren(tx, task.account_sid, sid);
  const leg = legs.find((one) => one.status === 'in-progress' && step.children.includes(one.sid));
  if (!leg) return seconds;
  return Math.min(seconds + RING_SECONDS + (await secondsNow(act, leg.sid)), max_seconds);
}

/** The steps in which a call waits for another one. */
const WAITING: readonly CallStep['name'][] = ['dial', 'far', 'talk'];

/** Wakes a call that waits for another one, so that it checks the other call's state. */
export function wakeCall(act: Act, sid: string, due: number): Promise<void> {
  return wakeFrom(act, sid, due, WAITING);
}

/** Lets a leg of a `Dial` go on that kept ringing while another leg was about to answer. */
export function wakeRinging(act: Act, sid: string, due: number): Promise<void> {
  return wakeFrom(act, sid, due, ['ring-on']);
}

async function wakeFrom(
  act: Act,
  sid: string,
  due: number,
  steps: readonly CallStep['name'][],
): Promise<void> {
  const task = await lockTask(act.tx, act.app.database.engine, sid);
  if (!task) return;
  const step = readStep(CALL_STEPS, task.step);
  if (!steps.includes(step.name)) return;
  await handOver(act, task, { step, date_next: due });
}
