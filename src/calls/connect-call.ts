import { fetchActingAccount } from '../accounts/account-store.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { beginRunning, MAX_HOPS, type Running } from './call-step.ts';
import { findCallLocked } from './call-store.ts';
import { type CallAct, type NextCallStep, WATCH_MS } from './call-task.ts';
import { detectLater } from './detect-machine.ts';
import { endCall } from './end-call.ts';
import { endOthers, othersAnswer } from './legs.ts';
import { receiveCall } from './receive-call.ts';
import {
  type CallEnding,
  changeOptions,
  reportAnswered,
  reportInitiated,
  reportRinging,
} from './report-call.ts';

async function ended(act: CallAct, call: Call, status: CallEnding['status'], due: number) {
  await endCall(act, call, { status, seconds: 0 }, due);
  return null;
}

/** The call leaves. */
export async function start(act: CallAct, call: Call, due: number): Promise<NextCallStep> {
  await reportInitiated(act, call);
  return { step: { name: 'ring' }, date_next: due + act.carrier.leaving_ms };
}

/** Rings at the far end: outside, or at a number of an account on this platform. */
export async function ring(act: CallAct, call: Call, due: number): Promise<NextCallStep> {
  const ringing = await reportRinging(act, call);
  const { reaches_holder, outcome_ms } = act.carrier.ring(call.to);
  const isHeard = reaches_holder && !optionsOf(ringing).is_given_up;
  const here = isHeard ? await ringHere(act, ringing, due) : 'outside';
  if (here === 'refused') return ended(act, ringing, 'failed', due);
  if (here === 'here') return { step: { name: 'far' }, date_next: due + WATCH_MS };
  return { step: { name: 'pick-up' }, date_next: due + outcome_ms };
}

/** Makes the incoming call of a number on this platform. The number's application controls it. */
async function ringHere(
  act: CallAct,
  call: Call,
  due: number,
): Promise<'outside' | 'here' | 'refused'> {
  const { tx, now } = act;
  const number = await findNumber(tx, call.to);
  if (!number || number.voice_url === null) return 'outside';
  const { hops } = optionsOf(call);
  if (hops >= MAX_HOPS) {
    const message = `Numbers have called each other ${MAX_HOPS} times, so this one is not called.`;
    await addToTimeline(tx, call, now, [{ kind: 'note', detail: { message } }]);
    return 'refused';
  }
  const account = await fetchActingAccount(tx, number.account_sid);
  if (account?.status !== 'active') return 'refused';
  const { from, forwarded_from, sid: linked_sid } = call;
  const far = await receiveCall(
    act,
    number,
    {
      from,
      caller_name: null,
      forwarded_from,
      inputs: [],
      hang_up_after: null,
      hops: hops + 1,
      linked_sid,
    },
    due,
  );
  await changeOptions(act, call, { linked_sid: far.sid });
  return 'here';
}

/**
 * The far end answers or not, unless the caller hangs up before. The caller hangs up after its
 * timeout, or when another leg of the same `Dial` answers.
 */
export async function pickUp(act: CallAct, call: Call, due: number): Promise<NextCallStep> {
  if (optionsOf(call).is_given_up) return ended(act, call, 'canceled', due);
  const { outcome, is_late } = act.carrier.ring(call.to);
  if (is_late && (await othersAnswer(act, call))) {
    return { step: { name: 'ring-on' }, date_next: act.now + WATCH_MS };
  }
  return outcome === 'answered' ? answered(act, call, due) : ended(act, call, outcome, due);
}

/** Checks the state of the incoming call at the called number on this platform. */
export async function lookFar(act: CallAct, call: Call, due: number): Promise<NextCallStep> {
  const far = await findLinked(act, call);
  if (far === undefined) return ended(act, call, 'failed', due);
  switch (far.status) {
    case 'queued':
    case 'ringing':
      return { step: { name: 'far' }, date_next: act.now + WATCH_MS };
    case 'in-progress':
    case 'completed':
      return answered(act, call, due);
    case 'canceled':
      return ended(act, call, 'no-answer', due);
    case 'busy':
    case 'failed':
    case 'no-answer':
      return ended(act, call, far.status, due);
  }
}

async function findLinked({ app, tx }: CallAct, call: Call): Promise<Call | undefined> {
  const { linked_sid } = optionsOf(call);
  return linked_sid === null ? undefined : findCallLocked(tx, app.database.engine, linked_sid);
}

async function answered(act: CallAct, call: Call, due: number): Promise<NextCallStep> {
  if (call.parent_call_sid !== null && !(await endOthers(act, call, due))) {
    return ended(act, call, 'canceled', due);
  }
  const { machine_detection, async_amd, url, method, twiml, time_limit, inputs } = optionsOf(call);
  const isMachine = act.carrier.ring(call.to).answered_by === 'machine';
  const heard = machine_detection === 'Enable' ? 'machine_start' : 'machine_end_beep';
  const found = machine_detection === null ? null : isMachine ? heard : 'human';
  const now = await reportAnswered(act, call, async_amd === null ? found : null);
  if (async_amd !== null && found !== null) await detectLater(act, now, found, due);
  const running = beginRunning({ is_answered: true, max_seconds: time_limit, inputs }, due);
  if (url !== null) {
    return { step: { name: 'ask', ...running, url, method, parameters: {} }, date_next: due };
  }
  if (twiml !== null) {
    return { step: { name: 'read', ...running, text: twiml, position: 0 }, date_next: due };
  }
  return connect(act, now, running, due);
}

/** The leg of a `Dial` talks with the call that dialled it. */
export async function connect(
  act: CallAct,
  call: Call,
  running: Running,
  due: number,
): Promise<NextCallStep> {
  await changeOptions(act, call, { is_bridged: true });
  if (optionsOf(call).linked_sid !== null) {
    return { step: { name: 'talk', ...running }, date_next: due };
  }
  const { state } = running;
  const room = Math.max(0, state.max_seconds - state.seconds);
  const talked = act.carrier.talkSeconds(call, room);
  const since = { seconds: state.seconds, at: due };
  const after = { ...running, state: { ...state, seconds: state.seconds + talked }, since };
  const because = talked < room ? 'end' : 'time-limit';
  return {
    step: { name: 'end', ...after, because },
    date_next: due + act.carrier.waitFor(call, talked),
  };
}

/** The talk lasts until the application of the called number ends it. */
export async function talk(
  act: CallAct,
  call: Call,
  running: Running,
  due: number,
): Promise<NextCallStep> {
  const far = await findLinked(act, call);
  if (far && isLive(far))
    return { step: { name: 'talk', ...running }, date_next: act.now + WATCH_MS };
  const { seconds: before, max_seconds } = running.state;
  const seconds = Math.min(before + (far?.duration ?? 0), max_seconds);
  await endCall(act, call, { status: 'completed', seconds }, due);
  return null;
}
