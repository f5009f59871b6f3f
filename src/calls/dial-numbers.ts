import { fetchActingAccount } from '../accounts/account-store.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { ApiError } from '../kit/api-error.ts';
import { findOwnNumber } from '../numbers/incoming-phone-number-store.ts';
import { CALL_EVENTS, type CallDial, type DialledNumber } from '../twiml/call-run.ts';
import { type Call, isLive } from './call.ts';
import { readCallAddress } from './call-address.ts';
import { optionsOf, PLAIN_OPTIONS } from './call-options.ts';
import { type DialStep, RING_SECONDS } from './call-step.ts';
import { fetchChildren } from './call-store.ts';
import { type CallAct, type NextCallStep, WATCH_MS } from './call-task.ts';
import { wakeRinging } from './end-call.ts';
import { isTalkedTo, leaveDial, patienceOf } from './leave-dial.ts';
import { makeCall } from './make-call.ts';

/** Twilio's code for a caller ID that the account may not use. */
const INVALID_CALLER = 13214;

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
    const child = caller && (await dialOne(act, call, { dial, number, patience, ...caller }, due));
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
 * The caller ID of the dialled calls: the other side's number, or one of the account or this call.
 * @returns null for any other number, which the timeline notes.
 */
async function callerOf(act: CallAct, call: Call, { caller_id }: CallDial): Promise<Caller | null> {
  const { tx, now } = act;
  const [near, other] = ownFirst(call);
  if (caller_id === null) return { from: other, near };
  const address = readCallAddress(caller_id, near);
  if (address !== null) {
    if (await findOwnNumber(tx, call.account_sid, address)) return { from: address, near: address };
    if (address === other || address === near) return { from: address, near };
  }
  const message = `The account may not call as ${caller_id}, so nobody is called.`;
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

interface Leg extends Caller {
  readonly dial: CallDial;
  readonly number: DialledNumber;
  /** Seconds after which the caller hangs up. */
  readonly patience: number;
}

/** @returns the SID of the call; null when it cannot be made, which the timeline notes. */
async function dialOne(
  act: CallAct,
  call: Call,
  { dial, number, from, near, patience }: Leg,
  due: number,
): Promise<string | null> {
  const { tx, now } = act;
  const account = await fetchActingAccount(tx, call.account_sid);
  if (!account) return null;
  const { status_callback: callback } = number;
  const to = readCallAddress(number.number, near) ?? number.number;
  const made = await attempt(() =>
    makeCall(
      act,
      account,
      {
        to,
        from,
        direction: 'outbound-dial',
        parent_call_sid: call.sid,
        forwarded_from: call.direction === 'inbound' ? call.to : null,
        status_callback: callback?.url ?? null,
        status_callback_method: callback?.method ?? 'POST',
        status_callback_events: CALL_EVENTS.filter((event) => callback?.events.includes(event)),
        sip_auth_password: null,
        options: {
          ...PLAIN_OPTIONS,
          url: number.url,
          method: number.method,
          byoc: number.byoc ?? null,
          send_digits: number.send_digits === '' ? null : number.send_digits,
          timeout: dial.timeout,
          time_limit: Math.max(1, Math.min(dial.time_limit, patience - RING_SECONDS)),
          is_given_up: act.carrier.ringSeconds(to, dial.timeout) >= patience,
          hops: optionsOf(call).hops,
          ...detectionOf(number),
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

/** The detection of a leg runs beside it. A leg with `sendDigits` has none. */
function detectionOf(number: DialledNumber) {
  const { machine_detection, send_digits, amd_status_callback: url } = number;
  if (machine_detection === null || send_digits !== '') return {};
  return { machine_detection, async_amd: { url, method: number.amd_status_callback_method } };
}

async function attempt(deed: () => Promise<Call>): Promise<Call | ApiError> {
  try {
    return await deed();
  } catch (error) {
    if (error instanceof ApiError) return error;
    throw error;
  }
}
