import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { CallsTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid, uriMap } from '../http/answers/resource.ts';
import { decimalOf } from '../kit/money.ts';
import { rfc2822 } from '../kit/utc.ts';
import {
  formatAddress,
  type NumberType,
  placeOf,
  readPhoneNumber,
} from '../numbers/phone-number.ts';

export type Call = Selectable<CallsTable>;
export type CallStatus = Call['status'];

/** The fields of a call that waits for its carrier. */
export const NOT_BEGUN = {
  status: 'queued',
  start_time: null,
  end_time: null,
  duration: null,
  price_micro: null,
  answered_by: null,
  caller_name: null,
  trunk_sid: null,
  status_callbacks: 0,
} as const;

export const CALL_STATUSES = [
  'queued',
  'ringing',
  'in-progress',
  'completed',
  'busy',
  'failed',
  'no-answer',
  'canceled',
] as const satisfies readonly CallStatus[];
const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-dial'] as const;

const API_VERSION = '2010-04-01';

/** `Call`: docs/contract/calls.md, "Call fields". */
export const CALL = resource('Call', 'calls', {
  account_sid: sid('AC'),
  answered_by: z.string().nullable(),
  api_version: z.string(),
  caller_name: z.string().nullable(),
  date_created: rfc2822Date,
  date_updated: rfc2822Date,
  direction: z.enum(DIRECTIONS),
  duration: z.string().nullable(),
  end_time: rfc2822Date.nullable(),
  forwarded_from: z.string().nullable(),
  from: z.string(),
  from_formatted: z.string(),
  group_sid: sid('GP').nullable(),
  parent_call_sid: sid('CA').nullable(),
  phone_number_sid: sid('PN').nullable(),
  price: z.string().nullable(),
  price_unit: z.string(),
  queue_time: z.string(),
  sid: sid('CA'),
  start_time: rfc2822Date.nullable(),
  status: z.enum(CALL_STATUSES),
  subresource_uris: uriMap,
  to: z.string(),
  to_formatted: z.string(),
  trunk_sid: sid('TK').nullable(),
  uri: z.string(),
});

const SUBRESOURCES = {
  events: 'Events',
  notifications: 'Notifications',
  payments: 'Payments',
  recordings: 'Recordings',
  siprec: 'Siprec',
  streams: 'Streams',
  transcriptions: 'Transcriptions',
  user_defined_message_subscriptions: 'UserDefinedMessageSubscriptions',
  user_defined_messages: 'UserDefinedMessages',
};

/** The states of a call that has not ended. */
export const LIVE: ReadonlySet<CallStatus> = new Set(['queued', 'ringing', 'in-progress']);

/** Whether a call has not ended. */
export function isLive({ status }: Pick<Call, 'status'>): boolean {
  return LIVE.has(status);
}

export function presentCall(call: Call) {
  const { account_sid, sid: call_sid, start_time, end_time, duration, price_micro } = call;
  const path = `/Calls/${call_sid}`;
  const uris = Object.entries(SUBRESOURCES).map(([name, segment]) => [
    name,
    accountUri(account_sid, `${path}/${segment}`),
  ]);
  const isPriced = price_micro !== null && price_micro !== 0 && !isLive(call);
  return {
    account_sid,
    answered_by: call.answered_by,
    api_version: API_VERSION,
    caller_name: call.caller_name,
    ...dates2010(call),
    direction: call.direction,
    duration: duration === null ? null : String(duration),
    end_time: end_time === null ? null : rfc2822(end_time),
    forwarded_from: call.forwarded_from,
    from: call.from,
    from_formatted: formatAddress(call.from),
    group_sid: null,
    parent_call_sid: call.parent_call_sid,
    phone_number_sid: call.phone_number_sid,
    price: isPriced ? decimalOf(0 - price_micro) : null,
    price_unit: 'USD',
    queue_time: '0',
    sid: call_sid,
    start_time: start_time === null ? null : rfc2822(start_time),
    status: call.status,
    subresource_uris: Object.fromEntries(uris) as Record<string, string>,
    to: call.to,
    to_formatted: formatAddress(call.to),
    trunk_sid: call.trunk_sid,
    uri: accountUri(account_sid, path),
  };
}

/** The usage category of an outgoing call. @param to an address from `readAddress` */
export function outboundCategory(to: string): string {
  if (to.startsWith('sip:')) return 'calls-sip-outbound';
  return to.startsWith('client:') ? 'calls-client' : 'calls-outbound';
}

/** The usage category of an incoming call, by the kind of the called number. */
export function inboundCategory(type: NumberType): string {
  return type === 'toll-free' ? 'calls-inbound-tollfree' : `calls-inbound-${type}`;
}

/**
 * The parameters of every request about a call, by
 * docs/contract/calls.md, "Status callback of a call".
 * @param status the name of the event, when it is not the call's status
 */
export function callParameters(call: Call, status: string = call.status): Record<string, string> {
  const { from, to, forwarded_from, caller_name, parent_call_sid, answered_by } = call;
  return {
    CallSid: call.sid,
    AccountSid: call.account_sid,
    From: from,
    To: to,
    Caller: from,
    Called: to,
    CallStatus: status,
    Direction: call.direction,
    ApiVersion: API_VERSION,
    ...placeOf('From', countryOf(from)),
    ...placeOf('To', countryOf(to)),
    ...placeOf('Caller', countryOf(from)),
    ...placeOf('Called', countryOf(to)),
    ...(forwarded_from !== null && { ForwardedFrom: forwarded_from }),
    ...(caller_name !== null && { CallerName: caller_name }),
    ...(parent_call_sid !== null && { ParentCallSid: parent_call_sid }),
    ...(answered_by !== null && { AnsweredBy: answered_by }),
  };
}

function countryOf(address: string): string {
  return readPhoneNumber(address)?.iso_country ?? '';
}
