import { finishRecording, startRecording } from '../recordings/make-recording.ts';
import { recordingUrl } from '../recordings/recording.ts';
import { afterDial, type CallDial, type DialOutcome } from '../twiml/call-run.ts';
import { type Call, isLive } from './call.ts';
import { optionsOf } from './call-options.ts';
import { type DialStep, RING_SECONDS, type Running } from './call-step.ts';
import type { CallAct, NextCallStep } from './call-task.ts';
import { secondsNow } from './end-call.ts';

/** Whether a leg was answered, with any result. */
export function isTalkedTo(leg: Call): boolean {
  return leg.status === 'completed' || leg.status === 'in-progress';
}

/** The further seconds for which the caller lets the legs ring. */
export function patienceOf(act: CallAct, { state, dial }: DialStep, legs: readonly Call[]): number {
  return state.max_seconds - state.seconds - ringingOf(act, dial, legs);
}

/** The seconds of ringing: until a leg answered, or until no leg was left that could. */
function ringingOf(
  { carrier }: CallAct,
  { sequential, timeout }: CallDial,
  legs: readonly Call[],
): number {
  const rings = legs.map((leg) =>
    isTalkedTo(leg) ? RING_SECONDS : carrier.ringSeconds(leg.to, timeout),
  );
  if (sequential) return rings.reduce((sum, seconds) => sum + seconds, 0);
  return legs.some(isTalkedTo) ? RING_SECONDS : Math.max(0, ...rings);
}

interface EndedDial {
  readonly step: DialStep;
  readonly legs: readonly Call[];
}

/**
 * Ends a `Dial` when all its legs have ended. The call goes on, unless its caller has hung up
 * meanwhile. The action is requested in both cases.
 */
export async function leaveDial(
  act: CallAct,
  call: Call,
  { step, legs }: EndedDial,
  due: number,
): Promise<NextCallStep> {
  const { dial, state, documents, text } = step;
  const connected = legs.find(isTalkedTo);
  const is_given_up = connected === undefined && legs.some((leg) => optionsOf(leg).is_given_up);
  const talked = connected ? await talkedWith(act, connected) : 0;
  const outcome = await outcomeOf(act, call, dial, { legs, connected, is_given_up, talked });
  const ringing = ringingOf(act, dial, legs);
  const after = state.seconds + ringing + talked;
  const seconds = is_given_up ? state.max_seconds : Math.min(after, state.max_seconds);
  const running: Running = {
    state: { ...state, seconds },
    documents,
    since: { seconds: Math.min(state.seconds + talked, seconds), at: due },
  };
  // A call in real time has to wait for others who talk faster.
  const date_next = act.carrier.isInRealTime(call)
    ? Math.max(due, step.began + act.carrier.waitFor(call, seconds - state.seconds))
    : due + act.carrier.waitFor(call, ringing);
  const request = afterDial(dial, outcome);
  const target = request && {
    url: request.url,
    method: request.method,
    parameters: request.parameters,
  };
  if (seconds >= state.max_seconds) {
    const last = target && { last: target };
    return { step: { name: 'end', ...running, because: 'time-limit', ...last }, date_next };
  }
  if (target) return { step: { name: 'ask', ...running, ...target }, date_next };
  return { step: { name: 'read', ...running, text, position: dial.position }, date_next };
}

interface Dialled {
  readonly legs: readonly Call[];
  /** The leg that answered. */
  readonly connected: Call | undefined;
  readonly is_given_up: boolean;
  readonly talked: number;
}

async function outcomeOf(
  act: CallAct,
  call: Call,
  dial: CallDial,
  { legs, connected, is_given_up, talked }: Dialled,
): Promise<DialOutcome> {
  if (!connected) {
    const last = lastOf(act, dial, legs);
    const status = is_given_up ? 'canceled' : statusOf(last);
    return { status, call_sid: last?.sid ?? '', duration: 0, bridged: false };
  }
  const bridged = optionsOf(connected).is_bridged;
  const recording_url = bridged ? await recorded(act, call, dial, talked) : null;
  return {
    status: 'completed',
    call_sid: connected.sid,
    duration: talked,
    bridged,
    ...(recording_url !== null && { recording_url }),
  };
}

/** The leg that rang longest; of several such legs, the last one in the list. */
function lastOf(
  { carrier }: CallAct,
  { sequential, timeout }: CallDial,
  legs: readonly Call[],
): Call | undefined {
  const ring = (leg: Call) => (sequential ? 0 : carrier.ringSeconds(leg.to, timeout));
  return legs.toSorted((one, other) => ring(one) - ring(other)).at(-1);
}

/** The seconds of a conversation. A live leg has left it, because it got another document. */
function talkedWith(act: CallAct, leg: Call): Promise<number> | number {
  return isLive(leg) ? secondsNow(act, leg.sid) : (leg.duration ?? 0);
}

/** The status of a `Dial` whose last leg was not answered. */
export function statusOf(leg: Call | undefined): DialOutcome['status'] {
  const status = leg?.status;
  const isTold = status === 'busy' || status === 'no-answer' || status === 'canceled';
  return isTold ? status : 'failed';
}

/** Records a conversation, for the call that dialled. @returns the URL; null without a recording */
async function recorded(
  act: CallAct,
  call: Call,
  { record, recording_status_callback: callback }: CallDial,
  talked: number,
): Promise<string | null> {
  if (record === 'do-not-record' || talked === 0) return null;
  const { account_sid, root_sid, sid: call_sid, url_by_grant } = call;
  const started = await startRecording(act, {
    account_sid,
    root_sid,
    call_sid,
    channels: record.endsWith('-dual') ? 2 : 1,
    track: 'both',
    source: 'DialVerb',
    callback,
    callback_by_grant: url_by_grant,
  });
  const seconds = talked + (record.startsWith('record-from-ringing') ? RING_SECONDS : 0);
  return recordingUrl(act.app, await finishRecording(act, started, seconds));
}
