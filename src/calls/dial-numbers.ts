import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { type DialStep, RING_SECONDS } from './call-step.ts';
import { fetchChildren } from './call-store.ts';
import { type CallAct, type NextCallStep, WATCH_MS } from './call-task.ts';
import { callerOf, makeLeg } from './dial-leg.ts';
import { wakeRinging } from './end-call.ts';
import { isTalkedTo, leaveDial, patienceOf } from './leave-dial.ts';

/**
 * Calls the numbers of a `Dial`, at the same time or one after the other, and waits for the
 * results. Then the call goes on.
 */
export async function dialNumbers(
  act: CallAct,
  call: Call,
  step: DialStep,
  due: number,
): Promise<NextCallStep> {
  const { dial, place } = step;
  const { account_sid, sid } = call;
  const all = await fetchChildren(act.tx, account_sid, sid);
  const children = step.children.flatMap((leg) => all.filter((child) => child.sid === leg));
  const waiting = children.filter((child) => isLive(child) && !optionsOf(child).is_detached);
  if (waiting.length > 0) {
    for (const leg of waiting) await wakeRinging(act, leg.sid, due);
    return { step, date_next: act.now + WATCH_MS };
  }
  const isOver = children.some((child) => isTalkedTo(child) || optionsOf(child).is_given_up);
  if (isOver || place >= dial.numbers.length)
    return leaveDial(act, call, { step, legs: children }, due);
  const numbers = dial.numbers.slice(place, dial.sequential ? place + 1 : undefined);
  const caller = await callerOf(act, call, dial);
  const made: string[] = [];
  const patience = patienceOf(act, step, children);
  for (const number of numbers) {
    const time_limit = Math.min(dial.time_limit, patience - RING_SECONDS);
    const is_given_up = (to: string) => act.carrier.ringSeconds(to, dial.timeout) >= patience;
    const leg = caller && { dial, number, time_limit, is_given_up, ...caller };
    const child = leg && (await makeLeg(act, call, leg, due));
    if (child) made.push(child.sid);
  }
  const next: DialStep = {
    ...step,
    place: place + numbers.length,
    children: [...step.children, ...made],
  };
  return { step: next, date_next: made.length > 0 ? due + WATCH_MS : due };
}
