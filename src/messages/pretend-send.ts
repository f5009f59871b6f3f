import { refuseEmergency } from '../carriers/emergency.ts';
import type { PretendedCall } from '../http/endpoint.ts';
import { ApiError } from '../kit/api-error.ts';
import { TEST_NUMBER } from '../numbers/pretend-buy.ts';
import { readEndsAtHome } from '../numbers/read-ends.ts';
import { presentMessage } from './message.ts';
import { checkNewMessage, type NewMessage } from './new-message.ts';
import { segmentsOf } from './segments.ts';

interface Refusal {
  readonly code: number;
  readonly text: (number: string) => string;
}

/** Numbers with their own refusal. All others except the test number are not the account's. */
const SENDERS: Readonly<Record<string, Refusal>> = {
  '+15005550001': {
    code: 21212,
    text: (from) => `The 'From' number ${from} is not a valid phone number`,
  },
  '+15005550008': {
    code: 21611,
    text: (from) => `The 'From' number ${from} has as many messages waiting as it may`,
  },
};
const NOT_OWNED: Refusal = {
  code: 21606,
  text: (from) =>
    `The 'From' number ${from} is not one of the account's that can send such messages`,
};

/** Numbers to which no message can be sent. */
const RECIPIENTS: Readonly<Record<string, Refusal>> = {
  '+15005550002': {
    code: 21612,
    text: (to) => `The 'To' number ${to} cannot be reached from this 'From' number`,
  },
  '+15005550003': {
    code: 21408,
    text: (to) => `The account may not send messages to the region of the 'To' number ${to}`,
  },
  '+15005550004': {
    code: 21610,
    text: (to) => `The recipient ${to} has written STOP to this number and wants no more messages`,
  },
  '+15005550009': {
    code: 21614,
    text: (to) => `The 'To' number ${to} is not a mobile number`,
  },
};

/**
 * Answers a message that is sent with test credentials. Nothing is sent, and no callback is made.
 * Any messaging service is accepted and sends from the test number.
 * @throws ApiError 400 with the codes of sending, and of docs/contract/messages.md, "Test messages"
 */
export function pretendSend(
  { newSid, now, account_sid }: Pick<PretendedCall, 'newSid' | 'now' | 'account_sid'>,
  wanted: NewMessage,
): ReturnType<typeof presentMessage> {
  const message = checkNewMessage(readEndsAtHome(wanted), now);
  const { to, from, media_urls, messaging_service_sid, send_at } = message;
  refuseEmergency('messages', to);
  if (from !== null && from !== TEST_NUMBER) refuse(SENDERS[from] ?? NOT_OWNED, from);
  const recipient = RECIPIENTS[to];
  if (recipient) refuse(recipient, to);
  const is_mms = media_urls.length > 0 || message.sends_as_mms;
  const isScheduled = send_at !== null;
  return presentMessage({
    sid: newSid(is_mms ? 'MM' : 'SM'),
    account_sid,
    root_sid: account_sid,
    to,
    from,
    body: message.body,
    status: isScheduled ? 'scheduled' : messaging_service_sid === null ? 'queued' : 'accepted',
    direction: 'outbound-api',
    num_segments: is_mms ? 1 : segmentsOf(message.body),
    num_media: media_urls.length,
    price_micro: null,
    error_code: null,
    messaging_service_sid,
    date_sent: null,
    status_callback: message.status_callback,
    send_at,
    discards_body: 0,
    callback_by_grant: null,
    created_by_grant: null,
    carrier_cost_micro: null,
    carrier_cost_currency: null,
    date_created: now,
    date_updated: now,
  });
}

function refuse({ code, text }: Refusal, number: string): never {
  throw new ApiError(400, code, text(number));
}
