import { demandBalance } from '../access/spending.ts';
import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { charge } from '../carrier/charge.ts';
import { demandCarrier, isSimulated } from '../carriers/demand-carrier.ts';
import { handOver } from '../jobs/hand-over.ts';
import { ApiError, forbidden } from '../kit/api-error.ts';
import type { EpochMs } from '../kit/utc.ts';
import { linkOfNumber } from '../numbers/incoming-phone-number-store.ts';
import { demandCountry, demandRate } from '../numbers/limit-traffic.ts';
import { readEnds } from '../numbers/read-ends.ts';
import { putFeedback } from './feedback-store.ts';
import { fetchPool, findSender, type Sender, type SenderError } from './find-sender.ts';
import { insertMedia } from './media-store.ts';
import { categoryOf, type Message } from './message.ts';
import { channelOf, numberIn } from './message-address.ts';
import { messageErrorText } from './message-error.ts';
import type { MessageStep } from './message-step.ts';
import { insertMessage } from './message-store.ts';
import { checkNewMessage, type NewMessage } from './new-message.ts';
import { tellOfStatus } from './report-message.ts';
import { segmentsOf } from './segments.ts';

/** The parts of a message that can be sent. */
interface Ready {
  readonly message: NewMessage;
  readonly sender: Sender;
  readonly is_mms: boolean;
  readonly num_segments: number;
}

/**
 * Takes a message, meters it and hands it to the carrier, in one deed. A scheduled message is
 * metered at its time. The actor counts as its maker and as the owner of its callback.
 * @throws ApiError 400 with Twilio's codes; 403/20403 while the account is not active, its balance
 *   too low or the app past its limits; 429/20429 beyond the account's rate.
 */
export async function sendMessage(
  act: Act,
  account: ActingAccount,
  wanted: NewMessage,
): Promise<Message> {
  const { tx, now } = act;
  const pool = await fetchPool(tx, account.sid, wanted);
  const ends = await readEnds(tx, account.sid, wanted, pool);
  const link = ends.from === null ? null : await linkOfNumber(tx, numberIn(ends.from));
  const isPretended = isSimulated(act, account, {
    traffic: 'messages',
    to: ends.to,
    from: ends.from,
    link,
  });
  const message = checkNewMessage(ends, now, isPretended);
  if (account.status !== 'active') throw forbidden(`The account is ${account.status}`);
  await demandBalance(act, account);
  const is_mms = message.media_urls.length > 0 || message.sends_as_mms;
  const { sender, code } = await findSender(tx, account.sid, { ...message, is_mms });
  if (sender === null) throw refusalOf(code, message);
  const { address: from, carrier } = sender;
  const way = { traffic: 'messages', to: message.to, from, link: carrier } as const;
  demandCarrier(act, account, way);
  await demandCountry(act, account, { ...way, to: numberIn(message.to) });
  if (message.send_at === null) await demandRate(act, account, 'messages');
  const isOne = is_mms || channelOf(message.to) === 'whatsapp';
  const num_segments = isOne ? 1 : segmentsOf(message.body);
  const ready = { message, sender, is_mms, num_segments };
  const made = await insertNew(act, account, ready);
  if (message.provides_feedback) {
    const { sid: message_sid, account_sid, root_sid } = made;
    const { created_by_grant, date_created, date_updated } = made;
    await putFeedback(tx, {
      message_sid,
      account_sid,
      root_sid,
      outcome: 'unconfirmed',
      created_by_grant,
      date_created,
      date_updated,
    });
  }
  const due = message.due ?? now;
  const date_next = message.send_at ?? due;
  const { sid, account_sid, root_sid } = made;
  const thing = { sid, account_sid, root_sid, kind: 'message' } as const;
  await handOver(act, thing, { step: firstStep(ready, due), date_next }, { is_new: true });
  await tellOfStatus(act, made, { is_new: true });
  return made;
}

function firstStep({ message, sender, is_mms }: Ready, due: EpochMs): MessageStep {
  const { send_at, validity_ms, obfuscates_to, hops } = message;
  if (send_at !== null) return { name: 'release', validity_ms, is_mms, obfuscates_to, hops };
  const { address: from } = sender;
  return { name: 'send', valid_until: due + validity_ms, from, obfuscates_to, hops };
}

async function insertNew(act: Act, account: ActingAccount, ready: Ready): Promise<Message> {
  const { app, tx, now, actor } = act;
  const { message, is_mms, num_segments } = ready;
  const { sid: account_sid, owner_account_sid: root_sid } = account;
  const { messaging_service_sid, status_callback, send_at, media_urls } = message;
  const isScheduled = send_at !== null;
  const sid = app.newSid(is_mms ? 'MM' : 'SM');
  const dates = { date_created: now, date_updated: now };
  const created_by_grant = actor.grant_sid;
  const price_micro = isScheduled
    ? null
    : await chargeMessage(act, { ...ready, sid, account_sid }, { isNew: true });
  const made = await insertMessage(tx, {
    sid,
    account_sid,
    root_sid,
    to: message.to,
    from: message.from,
    body: message.body,
    status: isScheduled ? 'scheduled' : messaging_service_sid === null ? 'queued' : 'accepted',
    direction: message.direction,
    num_segments,
    num_media: media_urls.length,
    price_micro,
    error_code: null,
    messaging_service_sid,
    date_sent: null,
    status_callback,
    send_at,
    discards_body: message.discards_body ? 1 : 0,
    callback_by_grant: status_callback === null ? null : created_by_grant,
    created_by_grant,
    carrier_cost_micro: null,
    carrier_cost_currency: null,
    ...dates,
  });
  await insertMedia(
    tx,
    media_urls.map((source_url) => ({
      sid: app.newSid('ME'),
      account_sid,
      root_sid,
      message_sid: sid,
      content_type: '',
      source_url,
      content: null,
      created_by_grant,
      ...dates,
    })),
  );
  return made;
}

/** Meters an outgoing message by its segments. @returns its price in millionths. */
export function chargeMessage(
  act: Act,
  used: Pick<Ready, 'is_mms' | 'num_segments' | 'sender'> & {
    readonly sid: string;
    readonly account_sid: string;
  },
  isKeyNew?: { readonly isNew: boolean },
): Promise<number> {
  const { account_sid, sid: key, sender, is_mms, num_segments: count } = used;
  const channel = channelOf(sender.address);
  const category = categoryOf('outbound', { is_mms, type: sender.type, channel });
  return charge(act, { account_sid, category, count, key }, isKeyNew);
}

function refusalOf(code: SenderError, message: NewMessage): ApiError {
  const { from, to, messaging_service_sid } = message;
  const texts = {
    21606: `The 'From' number ${from} is not one of the account's that can send such messages`,
    21610: `The recipient ${to} has written STOP to this number and wants no more messages`,
    21701: `The account has no messaging service ${messaging_service_sid}`,
    21704: messageErrorText(21704),
    63007: messageErrorText(63007),
  };
  return new ApiError(400, code, texts[code]);
}
