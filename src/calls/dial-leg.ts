import { fetchActingAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import { ApiError } from '../kit/api-error.ts';
import { findOwnNumber } from '../numbers/incoming-phone-number-store.ts';
import { CALL_EVENTS, type CallDial, type DialledNumber } from '../twiml/call-run.ts';
import type { Call } from './call.ts';
import { readCallAddress } from './call-address.ts';
import { optionsOf, PLAIN_OPTIONS } from './call-options.ts';
import { makeCall } from './make-call.ts';
import type { NewCall } from './new-call.ts';

/** Twilio's code for a caller ID that the account may not use. */
const INVALID_CALLER = 13214;

/**
 * The caller ID of the dialled calls: the other side's number, or one of the account or this call.
 * @returns null for any other number, which the timeline notes.
 */
export async function callerOf(
  act: Act,
  call: Call,
  { caller_id }: CallDial,
): Promise<Caller | null> {
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
  /** The most seconds of the leg after its answer. */
  readonly time_limit: number;
  /** Whether the caller hangs up while the leg rings. */
  readonly is_given_up: (to: string) => boolean;
}

/**
 * Makes the call to a number of a `Dial`.
 * @param due the time of the dialling
 * @returns null when it cannot be made, which the timeline notes
 */
export async function makeLeg(act: Act, call: Call, leg: Leg, due: number): Promise<Call | null> {
  const account = await fetchActingAccount(act.tx, call.account_sid);
  if (!account) return null;
  const made = await attempt(() => makeCall(act, account, legOf(call, leg), due));
  const detail =
    made instanceof ApiError
      ? { code: made.code, message: made.message }
      : { message: `Calls ${made.to}`, sid: made.sid };
  const entry: NewEntry = { kind: 'note', detail };
  await addToTimeline(act.tx, call, act.now, [entry]);
  return made instanceof ApiError ? null : made;
}

function legOf(call: Call, { dial, number, from, near, time_limit, is_given_up }: Leg): NewCall {
  const { status_callback: callback } = number;
  const to = readCallAddress(number.number, near) ?? number.number;
  return {
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
      time_limit: Math.max(1, time_limit),
      is_given_up: is_given_up(to),
      hops: optionsOf(call).hops,
      ...detectionOf(number),
    },
  };
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
