import type { Selectable } from 'kysely';
import { z } from 'zod';
import { accountUri } from '../accounts/account.ts';
import type { MessagesTable } from '../db/tables/acting-tables.ts';
import { dates2010, resource, rfc2822Date, sid, uriMap } from '../http/answers/resource.ts';
import { decimalOf } from '../kit/money.ts';
import { rfc2822 } from '../kit/utc.ts';
import { type NumberType, placeOf } from '../numbers/phone-number.ts';
import { type Channel, channelOf, numberIn } from './message-address.ts';
import { messageErrorText } from './message-error.ts';

export type Message = Selectable<MessagesTable>;
export type MessageStatus = Message['status'];

export const MESSAGE_STATUSES = [
  'accepted',
  'scheduled',
  'queued',
  'sending',
  'sent',
  'delivered',
  'undelivered',
  'failed',
  'receiving',
  'received',
  'canceled',
] as const satisfies readonly MessageStatus[];
const DIRECTIONS = ['inbound', 'outbound-api', 'outbound-call', 'outbound-reply'] as const;

/** The most characters of a body. The rule has its own error code. */
export const BODY_LENGTH = 1_600;
export const MAX_MEDIA = 10;

const API_VERSION = '2010-04-01';

/** `Message`: docs/contract/messages.md, "Message fields". */
export const MESSAGE = resource('Message', 'messages', {
  account_sid: sid('AC'),
  api_version: z.string(),
  body: z.string(),
  date_created: rfc2822Date,
  date_sent: rfc2822Date.nullable(),
  date_updated: rfc2822Date,
  direction: z.enum(DIRECTIONS),
  error_code: z.int().nullable(),
  error_message: z.string().nullable(),
  from: z.string().nullable(),
  messaging_service_sid: sid('MG').nullable(),
  num_media: z.string(),
  num_segments: z.string(),
  price: z.string().nullable(),
  price_unit: z.string(),
  sid: z.string().regex(/^(?:SM|MM)[0-9a-fA-F]{32}$/),
  status: z.enum(MESSAGE_STATUSES),
  subresource_uris: uriMap,
  to: z.string(),
  uri: z.string(),
});

/** The final states. `sent` is final for messages without a delivery report. */
export const ENDINGS: ReadonlySet<MessageStatus> = new Set([
  'delivered',
  'undelivered',
  'failed',
  'received',
  'canceled',
]);

export function hasEnded({ status }: Pick<Message, 'status'>): boolean {
  return ENDINGS.has(status);
}

/** The outside form of a message. Its price appears when the message has ended. */
export function presentMessage(message: Message) {
  const { account_sid, sid: message_sid, price_micro, error_code, date_sent } = message;
  const path = `/Messages/${message_sid}`;
  const isPriced = price_micro !== null && price_micro !== 0 && hasEnded(message);
  return {
    account_sid,
    api_version: API_VERSION,
    body: message.body ?? '',
    ...dates2010(message),
    date_sent: date_sent === null ? null : rfc2822(date_sent),
    direction: message.direction,
    error_code,
    error_message: error_code === null ? null : messageErrorText(error_code),
    from: message.from,
    messaging_service_sid: message.messaging_service_sid,
    num_media: String(message.num_media),
    num_segments: String(message.num_segments),
    price: isPriced ? decimalOf(0 - price_micro) : null,
    price_unit: 'USD',
    sid: message_sid,
    status: message.status,
    subresource_uris: {
      media: accountUri(account_sid, `${path}/Media`),
      feedback: accountUri(account_sid, `${path}/Feedback`),
    },
    to: message.to,
    uri: accountUri(account_sid, path),
  };
}

/** The price of the carrier, as a decimal number; null: the carrier has told none. */
export function costText({ carrier_cost_micro }: Message): string | null {
  return carrier_cost_micro === null ? null : decimalOf(carrier_cost_micro);
}

/**
 * The usage category of a message, by its direction, channel and kind, and the account's number.
 */
export function categoryOf(
  direction: 'inbound' | 'outbound',
  {
    is_mms,
    type,
    channel = 'sms',
  }: { readonly is_mms: boolean; readonly type: NumberType; readonly channel?: Channel },
): string {
  if (channel === 'whatsapp') return `channels-whatsapp-${direction}`;
  const family = `${is_mms ? 'mms' : 'sms'}-${direction}`;
  if (type !== 'toll-free') return `${family}-longcode`;
  // The enum of categories writes this one name with two hyphens.
  return family === 'mms-inbound' ? 'mms-inbound-toll-free' : `${family}-tollfree`;
}

/** A number without its last four digits, as `AddressRetention=obfuscate` leaves it. */
export function obfuscated(phone_number: string): string {
  return phone_number.replace(/\d{4}$/, 'XXXX');
}

/** docs/contract/messages.md, "Status callback of a message". */
export function statusParameters(message: Message): Record<string, string> {
  const { sid: message_sid, status, messaging_service_sid, error_code } = message;
  return {
    MessageSid: message_sid,
    MessageStatus: status,
    SmsSid: message_sid,
    SmsStatus: status,
    AccountSid: message.account_sid,
    From: message.from ?? '',
    To: message.to,
    ApiVersion: API_VERSION,
    ...(messaging_service_sid !== null && { MessagingServiceSid: messaging_service_sid }),
    ...(error_code !== null && { ErrorCode: String(error_code) }),
  };
}

/** The parameters of the request to an application about a message that came in. */
export function inboundParameters(
  message: Message,
  media: readonly { readonly url: string; readonly content_type: string }[],
  countries: { readonly from: string; readonly to: string },
): Record<string, string> {
  const parameters: Record<string, string> = {
    MessageSid: message.sid,
    SmsSid: message.sid,
    SmsMessageSid: message.sid,
    SmsStatus: 'received',
    AccountSid: message.account_sid,
    From: message.from ?? '',
    To: message.to,
    Body: message.body ?? '',
    NumSegments: String(message.num_segments),
    NumMedia: String(media.length),
    ApiVersion: API_VERSION,
    ...(channelOf(message.to) === 'whatsapp' && { WaId: numberIn(message.from ?? '').slice(1) }),
    ...placeOf('From', countries.from),
    ...placeOf('To', countries.to),
  };
  for (const [index, { url, content_type }] of media.entries()) {
    parameters[`MediaUrl${index}`] = url;
    parameters[`MediaContentType${index}`] = content_type;
  }
  return parameters;
}
