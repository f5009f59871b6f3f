import { dispositionOf } from '../carrier/destination.ts';
import { emergencyIn, refuseEmergency } from '../carriers/emergency.ts';
import { isWebUrl, URL_LENGTH } from '../http/parameters/fields.ts';
import { ApiError } from '../kit/api-error.ts';
import type { EpochMs } from '../kit/utc.ts';
import { BODY_LENGTH, MAX_MEDIA, type Message } from './message.ts';
import { channelOf, numberIn, readAddress, readSender } from './message-address.ts';

/** A requested message. */
export interface NewMessage {
  readonly to: string;
  /** The sender; null: the messaging service chooses one of its numbers. */
  readonly from: string | null;
  readonly messaging_service_sid: string | null;
  readonly body: string;
  readonly media_urls: readonly string[];
  readonly direction: Exclude<Message['direction'], 'inbound'>;
  readonly status_callback: string | null;
  /** Null: at once. */
  readonly send_at: EpochMs | null;
  readonly sends_as_mms: boolean;
  readonly discards_body: boolean;
  readonly obfuscates_to: boolean;
  readonly provides_feedback: boolean;
  /** Whether it goes to a recipient who has written STOP, too: the answer to such a word. */
  readonly ignores_opt_out: boolean;
  readonly validity_ms: number;
  /** The start of the carrier's work, not in the future; null: now. */
  readonly due: EpochMs | null;
  /** See `message-step.ts`. */
  readonly hops: number;
}

/** The documented default validity of a message: ten hours. */
export const MAX_VALIDITY_SECONDS = 36_000;

/** The defaults. */
export const PLAIN_MESSAGE = {
  messaging_service_sid: null,
  body: '',
  media_urls: [],
  status_callback: null,
  send_at: null,
  sends_as_mms: false,
  discards_body: false,
  obfuscates_to: false,
  provides_feedback: false,
  ignores_opt_out: false,
  validity_ms: MAX_VALIDITY_SECONDS * 1_000,
  due: null,
  hops: 0,
} as const satisfies Partial<NewMessage>;

/** The shortest and longest time ahead of a scheduled message, as documented for 35114. */
const SCHEDULE_MIN_MS = 15 * 60_000;
const SCHEDULE_MAX_MS = 35 * 24 * 60 * 60_000;

const refusal = (code: number, message: string) => new ApiError(400, code, message);

/**
 * Checks everything that needs no data of the account.
 * @param isSimulated whether the last digits of the recipient's number have a meaning
 * @returns the message with its numbers in E.164.
 * @throws ApiError 400 with the codes of docs/contract/messages.md, "Sending a message".
 */
export function checkNewMessage(message: NewMessage, now: EpochMs, isSimulated = true): NewMessage {
  const to = readTo(message.to, isSimulated);
  const from = readFrom(message);
  if (to === from) {
    throw refusal(21266, "'To' and 'From' must not be the same number");
  }
  if (channelOf(to) !== channelOf(from ?? numberIn(to))) {
    const rule = 'both with whatsapp: or both without';
    throw refusal(21910, `'To' and 'From' must be on the same channel: ${rule}`);
  }
  demandContent(message);
  demandCallback(message.status_callback);
  if (message.send_at !== null) demandSchedule(message, message.send_at - now);
  return { ...message, to, from };
}

function readTo(text: string, isSimulated: boolean): string {
  if (text.trim() === '') throw refusal(21604, "A 'To' phone number is required");
  if (channelOf(text) !== 'sms') refuseEmergency('messages', numberIn(text));
  const to = emergencyIn(text) ?? readAddress(text);
  if (to === null || (isSimulated && dispositionOf(numberIn(to)) === 'invalid')) {
    throw refusal(21211, `The 'To' number ${text} is not a valid phone number`);
  }
  return to;
}

function readFrom({ from: text, messaging_service_sid }: NewMessage): string | null {
  if (text === null || text.trim() === '') {
    if (messaging_service_sid !== null) return null;
    throw refusal(21603, "A 'From' phone number or a 'MessagingServiceSid' is required");
  }
  const from = readSender(text);
  if (from === null) {
    throw refusal(21212, `The 'From' number ${text} is not a valid phone number`);
  }
  return from;
}

function demandContent({ body, media_urls }: NewMessage): void {
  if (media_urls.length > MAX_MEDIA) {
    throw refusal(21623, `'MediaUrl' may be given at most ${MAX_MEDIA} times`);
  }
  for (const url of media_urls) {
    if (url.length > URL_LENGTH || !isWebUrl(url)) {
      throw refusal(21620, "'MediaUrl' must be an absolute http or https URL");
    }
  }
  if (body === '' && media_urls.length === 0) throw refusal(21602, 'Message body is required.');
  if (body.length > BODY_LENGTH && [...body].length > BODY_LENGTH) {
    throw refusal(21617, `'Body' must be at most ${BODY_LENGTH} characters`);
  }
}

/** The documentation refuses hosts with an underscore. */
function demandCallback(url: string | null): void {
  if (url === null) return;
  const host = url.length <= URL_LENGTH && isWebUrl(url) ? new URL(url).hostname : '_';
  if (host.includes('_')) {
    throw refusal(21609, "'StatusCallback' must be an absolute http or https URL of a valid host");
  }
}

function demandSchedule({ messaging_service_sid }: NewMessage, ahead_ms: number): void {
  if (messaging_service_sid === null) {
    throw refusal(35118, "'MessagingServiceSid' is required to schedule a message");
  }
  if (ahead_ms < SCHEDULE_MIN_MS || ahead_ms > SCHEDULE_MAX_MS) {
    throw refusal(35114, "'SendAt' must be from 15 minutes to 35 days ahead");
  }
}
