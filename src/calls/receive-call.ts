import type { Act } from '../audit/act.ts';
import { beginTimeline } from '../carrier/timeline-store.ts';
import { systemFor } from '../jobs/do-task.ts';
import { handOver } from '../jobs/hand-over.ts';
import { grantOfUrl, type IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { MAX_SECONDS } from '../twiml/call-run.ts';
import { type Call, inboundCategory } from './call.ts';
import { type CallOptions, optionsOf, PLAIN_OPTIONS } from './call-options.ts';
import { beginRunning, type CallStep } from './call-step.ts';
import { insertCall } from './call-store.ts';

/** A call that arrives from outside, or from another number of this platform. */
export interface IncomingCall {
  readonly from: string;
  readonly caller_name: string | null;
  readonly forwarded_from: string | null;
  readonly inputs: readonly string[];
  /** The seconds after which the caller hangs up; null: the caller does not hang up. */
  readonly hang_up_after: number | null;
  /** See `call-options.ts`. */
  readonly hops: number;
  readonly linked_sid: string | null;
}

/** A call from a caller without a history here. */
export const PLAIN_INCOMING = {
  caller_name: null,
  forwarded_from: null,
  inputs: [],
  hang_up_after: null,
  hops: 0,
  linked_sid: null,
} as const satisfies Partial<IncomingCall>;

/** The URLs of a number, or those of a trunk in their place. */
export type Called = Pick<
  IncomingPhoneNumber,
  | 'sid'
  | 'account_sid'
  | 'root_sid'
  | 'phone_number'
  | 'type'
  | 'voice_url'
  | 'voice_method'
  | 'voice_fallback_url'
  | 'voice_fallback_method'
  | 'status_callback'
  | 'status_callback_method'
> & {
  readonly voice_url_by_grant: string | null;
  readonly status_callback_by_grant: string | null;
};

/** A number with its own URLs. */
export function calledNumber(number: IncomingPhoneNumber): Called {
  const voice_url_by_grant = number.voice_url === null ? null : grantOfUrl(number, 'voice_url');
  const status_callback_by_grant = grantOfUrl(number, 'status_callback');
  return { ...number, voice_url_by_grant, status_callback_by_grant };
}

/**
 * Takes a call for a number and hands it to the carrier, which requests the number's `voice_url`.
 * The call belongs to the number's account alone, not to its cause.
 * @param number its account must be active
 * @param due the time of the request to the application
 */
export async function receiveCall(
  causing: Act,
  number: IncomingPhoneNumber,
  incoming: IncomingCall,
  due: number = causing.now,
): Promise<Call> {
  const act: Act = { ...causing, actor: systemFor(null) };
  const call = await insertIncoming(act, calledNumber(number), incoming);
  const { time_limit: max_seconds, inputs } = optionsOf(call);
  const step: CallStep = {
    name: 'ask',
    ...beginRunning({ is_answered: false, max_seconds, inputs }, due),
    url: number.voice_url ?? '',
    method: number.voice_method,
    parameters: {},
  };
  await handOver(act, { ...call, kind: 'call' }, { step, date_next: due }, { is_new: true });
  return call;
}

/** Writes the row of a call that rings here, and the beginning of its timeline. */
export async function insertIncoming(
  { app, tx, now }: Act,
  number: Called,
  incoming: IncomingCall,
): Promise<Call> {
  const { from, caller_name, forwarded_from, inputs, hops, linked_sid } = incoming;
  const time_limit = Math.min(incoming.hang_up_after ?? MAX_SECONDS, MAX_SECONDS);
  const options: CallOptions = {
    ...PLAIN_OPTIONS,
    url: number.voice_url,
    method: number.voice_method,
    fallback_url: number.voice_fallback_url,
    fallback_method: number.voice_fallback_method,
    time_limit,
    category: inboundCategory(number.type),
    inputs,
    hops,
    linked_sid,
    callback_by_grant: number.status_callback_by_grant,
  };
  const call = await insertCall(tx, {
    sid: app.newSid('CA'),
    account_sid: number.account_sid,
    root_sid: number.root_sid,
    parent_call_sid: null,
    to: number.phone_number,
    from,
    phone_number_sid: number.sid,
    status: 'ringing',
    direction: 'inbound',
    start_time: now,
    end_time: null,
    duration: null,
    price_micro: null,
    answered_by: null,
    forwarded_from,
    caller_name,
    trunk_sid: null,
    status_callback: number.status_callback,
    status_callback_method: number.status_callback_method,
    status_callback_events: JSON.stringify(['completed']),
    status_callbacks: 0,
    options: JSON.stringify(options),
    url_by_grant: number.voice_url_by_grant,
    created_by_grant: null,
    date_created: now,
    date_updated: now,
  });
  await beginTimeline(tx, call, now, [{ kind: 'status', detail: { status: 'ringing' } }]);
  return call;
}
