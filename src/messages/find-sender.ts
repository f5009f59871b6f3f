import type { Db } from '../db/database.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { findNumber } from '../numbers/incoming-phone-number-store.ts';
import { traitsOf } from '../numbers/numbering-plan.ts';
import type { NumberType } from '../numbers/phone-number.ts';
import { channelOf, isSenderId, numberIn } from './message-address.ts';
import { numbersOf } from './messaging-service.ts';
import { fetchMessagingService } from './messaging-service-store.ts';
import { hasOptedOut } from './opt-out-store.ts';
import { fetchSenders } from './sender-store.ts';

/** The sender of a message. */
export interface Sender {
  /** A number in E.164, one behind `whatsapp:`, or a name. */
  readonly address: string;
  readonly type: NumberType;
  /** The carrier that the stock has named for the number; null: none. */
  readonly carrier: string | null;
}

/** The reasons why no sender is available: codes of `message-error.ts`. */
export type SenderError = 21606 | 21610 | 21701 | 21704 | 63007;

/** A sender, or the reason why there is none. */
export type FoundSender =
  | { readonly sender: Sender; readonly code: null }
  | { readonly sender: null; readonly code: SenderError };

/** The sender and recipient of a message, and whether it has more than text. */
interface Wanted {
  readonly from: string | null;
  readonly to: string;
  readonly messaging_service_sid: string | null;
  readonly is_mms: boolean;
  /** See `new-message.ts`; absent: false. */
  readonly ignores_opt_out?: boolean;
}

/**
 * Finds the sender of an account's message: the requested number or name, or the first number of
 * its messaging service that can send it. A recipient who has written STOP to a number gets nothing
 * from it.
 */
export async function findSender(
  db: Db,
  account_sid: string,
  wanted: Wanted,
): Promise<FoundSender> {
  const found = await senderOf(db, account_sid, wanted);
  if (typeof found === 'number') return { sender: null, code: found };
  const pair = { account_sid, phone_number: found.address, recipient: wanted.to };
  if (!wanted.ignores_opt_out && (await hasOptedOut(db, pair)))
    return { sender: null, code: 21610 };
  return { sender: found, code: null };
}

async function senderOf(
  db: Db,
  account_sid: string,
  { from, messaging_service_sid, is_mms }: Wanted,
): Promise<Sender | SenderError> {
  const pool =
    messaging_service_sid === null ? null : await poolOf(db, account_sid, messaging_service_sid);
  if (pool === 'unknown') return 21701;
  if (from === null) {
    const first = pool?.find((number) => canSend(number, is_mms));
    return first ? senderAt(first) : 21704;
  }
  if (channelOf(from) === 'whatsapp') return onWhatsApp(db, account_sid, from);
  // A name carries text only.
  if (isSenderId(from)) return is_mms ? 21606 : { address: from, type: 'local', carrier: null };
  const held = await findNumber(db, from);
  const isOwn = held?.account_sid === account_sid && canSend(held, is_mms);
  const isInPool = pool === null || pool.some((number) => number.phone_number === from);
  return held && isOwn && isInPool ? senderAt(held) : 21606;
}

function senderAt({ phone_number: address, type, carrier }: IncomingPhoneNumber): Sender {
  return { address, type, carrier };
}

/** The numbers of a service that its account holds, in the order of choice. */
async function poolOf(
  db: Db,
  account_sid: string,
  sid: string,
): Promise<readonly IncomingPhoneNumber[] | 'unknown'> {
  const service = await fetchMessagingService(db, account_sid, sid);
  if (!service) return 'unknown';
  const held = await fetchSenders(db, account_sid);
  const named = numbersOf(service);
  if (named === null) return held;
  return named.flatMap((one) => held.filter(({ phone_number }) => phone_number === one));
}

/** The numbers of a message's service, in E.164. */
export async function fetchPool(
  db: Db,
  account_sid: string,
  { messaging_service_sid: sid }: Pick<Wanted, 'messaging_service_sid'>,
): Promise<string[]> {
  const pool = sid === null ? [] : await poolOf(db, account_sid, sid);
  return pool === 'unknown' ? [] : pool.map(({ phone_number }) => phone_number);
}

/** Any number that no other account holds. No list says which numbers are on WhatsApp. */
async function onWhatsApp(db: Db, account_sid: string, from: string): Promise<Sender | 63007> {
  const number = await findNumber(db, numberIn(from));
  if (number && number.account_sid !== account_sid) return 63007;
  return { address: from, type: number?.type ?? 'local', carrier: number?.carrier ?? null };
}

function canSend(number: IncomingPhoneNumber, is_mms: boolean): boolean {
  const { sms, mms } = traitsOf(number).capabilities;
  return is_mms ? mms : sms;
}
