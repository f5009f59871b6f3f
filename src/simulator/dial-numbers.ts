import { fetchAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { type Call, isLive } from '../calls/call.ts';
import { readCallAddress } from '../calls/call-address.ts';
import { optionsOf, PLAIN_OPTIONS } from '../calls/call-options.ts';
import type { DialStep, Running } from '../calls/call-step.ts';
import { fetchChildren } from '../calls/call-store.ts';
import { secondsNow } from '../calls/end-call.ts';
import { makeCall } from '../calls/make-call.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { ApiError } from '../kit/api-error.ts';
import { findOwnNumber } from '../numbers/incoming-phone-number-store.ts';
import { finishRecording, startRecording } from '../recordings/make-recording.ts';
import { recordingUrl } from '../recordings/recording.ts';
import {
  afterDial,
  CALL_EVENTS,
  type CallDial,
  type DialledNumber,
  type DialOutcome,
} from '../twiml/call-run.ts';
import { type NextCallStep, WATCH_MS, waitFor } from './call-task.ts';

/** How long somebody lets ring who answers, or is busy. */
const RING_SECONDS = 5;
/** Twilio's code for a caller that the account may not show. */
const INVALID_CALLER = 13214;

/**
 * Calls the numbers of a `Dial`, all at once or one after the other, and waits for what becomes
 * of them; then the call goes on.
 */
export async function dialNumbers(
  act: Act,
  call: Call,
  step: DialStep,
  due: number,
): Promise<NextCallStep> {
  const { dial, place } = step;
  const children = (await fetchChildren(act.tx, call)).filter(({ sid }) =>
    step.children.includes(sid),
  );
  if (children.some((child) => isLive(child) && !optionsOf(child).is_detached)) {
    return { step, date_next: act.now + WATCH_MS };
  }
  const connected = children.find((child) => child.status === 'completed' || isLive(child));
  if (connected || place >= dial.numbers.length) {
    return goOn(act, call, step, { children, connected: connected ?? null }, due);
  }
  const numbers = dial.numbers.slice(place, dial.sequential ? place + 1 : undefined);
  const caller = await callerOf(act, call, dial);
  const made: string[] = [];
  for (const number of numbers) {
    const child = caller && (await dialOne(act, call, step, { number, ...caller }, due));
    if (child !== null) made.push(child);
  }
  const next: DialStep = {
    ...step,
    place: place + numbers.length,
    children: [...step.children, ...made],
  };
  return { step: next, date_next: made.length > 0 ? due + WATCH_MS : due };
}

/**
 * The number that is shown to those who are dialled: the other side's, or one that the account
 * or this call has. @returns null for any other, which is noted.
 */
async function callerOf(act: Act, call: Call, { caller_id }: CallDial): Promise<Caller | null> {
  const { tx, now } = act;
  const [near, other] = ownFirst(call);
  if (caller_id === null) return { from: other, near };
  const address = readCallAddress(caller_id, near);
  if (address !== null) {
    if (await findOwnNumber(tx, call.account_sid, address)) return { from: address, near: address };
    if (address === other || address === near) return { from: address, near };
  }
  const message = `The account may not call as ${caller_id}, so that nobody is called.`;
  const detail = { code: INVALID_CALLER, message };
  await addToTimeline(tx, call, now, [{ kind: 'note', detail }]);
  return null;
}

interface Caller {
  readonly from: string;
  /** The account's number, in whose country numbers in national form are. */
  readonly near: string;
}

/** The account's end of a call, and the other one. */
function ownFirst({ direction, from, to }: Call): readonly [own: string, other: string] {
  return direction === 'inbound' ? [to, from] : [from, to];
}

/** @returns the SID of the call; null when it cannot be made, which is noted. */
async function dialOne(
  act: Act,
  call: Call,
  { dial }: DialStep,
  { number, from, near }: Caller & { readonly number: DialledNumber },
  due: number,
): Promise<string | null> {
  const { tx, now } = act;
  const account = await fetchAccount(tx, call.account_sid);
  if (!account) return null;
  const { status_callback: callback } = number;
  const made = await attempt(() =>
    makeCall(
      act,
      account,
      {
        to: readCallAddress(number.number, near) ?? number.number,
        from,
        direction: 'outbound-dial',
        parent_call_sid: call.sid,
        forwarded_from: call.direction === 'inbound' ? call.to : null,
        status_callback: callback?.url ?? null,
        status_callback_method: callback?.method ?? 'POST',
        status_callback_events: CALL_EVENTS.filter((event) => callback?.events.includes(event)),
        options: {
          ...PLAIN_OPTIONS,
          url: number.url,
          method: number.method,
          send_digits: number.send_digits === '' ? null : number.send_digits,
          timeout: dial.timeout,
          time_limit: Math.max(1, dial.time_limit),
          hops: optionsOf(call).hops,
        },
      },
      due,
    ),
  );
  const detail =
    made instanceof ApiError
      ? { code: made.code, message: made.message }
      : { message: `Calls ${made.to}`, sid: made.sid };
  await addToTimeline(tx, call, now, [{ kind: 'note', detail } satisfies NewEntry]);
  return made instanceof ApiError ? null : made.sid;
}

async function attempt(deed: () => Promise<Call>): Promise<Call | ApiError> {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}

interface Dialled {
  readonly children: readonly Call[];
  /** The one that was talked to. */
  readonly connected: Call | null;
}

async function goOn(
  act: Act,
  call: Call,
  step: DialStep,
  { children, connected }: Dialled,
  due: number,
): Promise<NextCallStep> {
  const { dial, state, documents, text } = step;
  const last = connected ?? children.at(-1);
  const talked = connected ? await talkedWith(act, connected) : 0;
  const recording_url = await recorded(act, call, dial, talked);
  const outcome: DialOutcome = {
    status: connected ? 'completed' : statusOf(last),
    call_sid: last?.sid ?? '',
    duration: talked,
    ...(recording_url !== null && { recording_url }),
  };
  const room = Math.max(0, state.max_seconds - state.seconds);
  const rings = children.map(({ status }) =>
    status === 'no-answer' ? dial.timeout : RING_SECONDS,
  );
  const ringing = dial.sequential
    ? rings.reduce((sum, seconds) => sum + seconds, 0)
    : Math.max(0, ...rings);
  const spent = Math.min(ringing + talked, room);
  const running: Running = {
    state: { ...state, seconds: state.seconds + spent },
    documents,
    since: { seconds: state.seconds, at: due },
  };
  const date_next = due + waitFor(ringing);
  const request = afterDial(dial, outcome);
  if (!request) {
    return { step: { name: 'read', ...running, text, position: dial.position }, date_next };
  }
  const { url, method, parameters } = request;
  return { step: { name: 'ask', ...running, url, method, parameters }, date_next };
}

/** One that was given a document of its own has been talked to until then. */
function talkedWith(act: Act, child: Call): Promise<number> | number {
  return isLive(child) ? secondsNow(act, child.sid) : (child.duration ?? 0);
}

function statusOf(child: Call | undefined): DialOutcome['status'] {
  const status = child?.status;
  const isTold = status === 'busy' || status === 'no-answer' || status === 'canceled';
  return isTold ? status : 'failed';
}

/** What two said is recorded as the call's that dialled. @returns where it is; null: it is not. */
async function recorded(
  act: Act,
  call: Call,
  { record, recording_status_callback: callback }: CallDial,
  talked: number,
): Promise<string | null> {
  if (record === 'do-not-record' || talked === 0) return null;
  const { account_sid, sid: call_sid, url_by_grant } = call;
  const started = await startRecording(act, {
    account_sid,
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
