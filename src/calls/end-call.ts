import type { Act } from '../audit/act.ts';
import { handOver, takeBack } from '../carrier/hand-over.ts';
import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { type CallStep, secondsAt } from './call-step.ts';
import { fetchChildren, findCallLocked, lockTask } from './call-store.ts';
import { type CallEnding, reportEnded } from './report-call.ts';

/**
 * Ends a call, with the legs that it has dialled, and has whoever waits for it go on: the call
 * that dialled it, and the other end of a call between two numbers of this platform.
 * @param due when what follows falls due
 */
export async function endCall(
  act: Act,
  call: Call,
  ending: CallEnding,
  due: number = act.now,
): Promise<Call> {
  const ended = await reportEnded(act, call, ending);
  await takeBack(act, call.sid);
  await hangUpChildren(act, call);
  const { linked_sid } = optionsOf(call);
  for (const sid of [linked_sid, call.parent_call_sid]) {
    if (sid !== null) await wakeCall(act, sid, due);
  }
  return ended;
}

/**
 * Hangs a call up from outside: whatever it is at, it ends here and now, and so does its other
 * end. An answered call is completed and metered, another one is canceled.
 */
export async function hangUp(act: Act, call: Call): Promise<Call> {
  const seconds = await secondsNow(act, call.sid);
  const isAnswered = call.status === 'in-progress';
  const ended = await endCall(act, call, {
    status: isAnswered ? 'completed' : 'canceled',
    seconds,
  });
  const { linked_sid } = optionsOf(call);
  if (linked_sid !== null) await hangUpSid(act, linked_sid);
  return ended;
}

/** Ends the legs that a call has dialled. */
export async function hangUpChildren(act: Act, call: Call): Promise<void> {
  for (const child of await fetchChildren(act.tx, call)) {
    if (isLive(child)) await hangUpSid(act, child.sid);
  }
}

async function hangUpSid(act: Act, sid: string): Promise<void> {
  const call = await findCallLocked(act.tx, act.app.database.engine, sid);
  if (call && isLive(call)) await hangUp(act, call);
}

/** How many seconds a call has lasted by now. */
export async function secondsNow({ app, tx, now }: Act, sid: string): Promise<number> {
  const task = await lockTask(tx, app.database.engine, sid);
  return task ? secondsAt(JSON.parse(task.step) as CallStep, task.date_next, now) : 0;
}

/** The steps in which a call waits for another one. */
const WAITING: ReadonlySet<CallStep['name']> = new Set(['dial', 'far', 'talk']);

/** Has a call that waits for another one look at once what has become of it. */
export async function wakeCall(act: Act, sid: string, due: number): Promise<void> {
  const task = await lockTask(act.tx, act.app.database.engine, sid);
  if (!task) return;
  const step = JSON.parse(task.step) as CallStep;
  if (!WAITING.has(step.name)) return;
  const { account_sid } = task;
  await handOver(act, { sid, account_sid, kind: 'call' }, { step, date_next: due });
}
