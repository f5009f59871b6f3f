import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { SYSTEM } from '../audit/audit-event.ts';
import { charge } from '../carrier/charge.ts';
import { handOver } from '../jobs/hand-over.ts';
import type { IncomingPhoneNumber } from '../numbers/incoming-phone-number.ts';
import { answerKeyword } from './answer-keyword.ts';
import type { Media } from './media.ts';
import { insertMedia } from './media-store.ts';
import { categoryOf, type Message } from './message.ts';
import { addressIn, type Channel } from './message-address.ts';
import type { MessageStep } from './message-step.ts';
import { insertMessage } from './message-store.ts';
import { type Keyword, keywordOf } from './opt-out.ts';
import { deleteOptOut, putOptOut } from './opt-out-store.ts';
import { tellOfStatus } from './report-message.ts';
import { segmentsOf } from './segments.ts';

/** A message that arrives from outside, or from another number on this platform. */
export interface Incoming {
  /** The address as `message-address.ts` reads it, of the same channel. */
  readonly from: string;
  readonly channel: Channel;
  readonly body: string;
  /** The files, each with its content or with the URL to fetch it from. */
  readonly media: readonly Pick<Media, 'content_type' | 'source_url' | 'content'>[];
  /** When the carrier sets out; null: now. */
  readonly due: number | null;
  /** See `message-step.ts`. */
  readonly hops: number;
  /** The SID of the message; absent: a new one. */
  readonly sid?: string;
  /** Whether the platform answers `STOP`, `START` and `HELP`; absent: it does not. */
  readonly answers_keywords?: boolean;
}

/**
 * Takes a message for a number and meters it. It is handed to the carrier when files must be
 * fetched or an application must be asked. `STOP` and `START` take effect immediately. The message
 * belongs to the number's account alone, not to its cause.
 * @param account the holder of the number; it must be active
 */
export async function receiveMessage(
  causing: Act,
  account: ActingAccount,
  number: IncomingPhoneNumber,
  incoming: Incoming,
): Promise<Message> {
  const act: Act = { ...causing, actor: SYSTEM };
  const { app, tx, now } = act;
  const { from, channel, body, media, due, hops } = incoming;
  const { sid: account_sid, owner_account_sid: root_sid } = account;
  const to = addressIn(channel, number.phone_number);
  const is_mms = media.length > 0;
  const isAwaited = media.some(({ content }) => content === null);
  const num_segments = is_mms || channel === 'whatsapp' ? 1 : segmentsOf(body);
  const sid = incoming.sid ?? app.newSid(is_mms ? 'MM' : 'SM');
  const category = categoryOf('inbound', { is_mms, type: number.type, channel });
  const price_micro = await charge(
    act,
    { account_sid, category, count: num_segments, key: sid },
    { isNew: true },
  );
  const dates = { date_created: now, date_updated: now };
  const message = await insertMessage(tx, {
    sid,
    account_sid,
    root_sid,
    to,
    from,
    body,
    status: isAwaited ? 'receiving' : 'received',
    direction: 'inbound',
    num_segments,
    num_media: media.length,
    price_micro,
    error_code: null,
    messaging_service_sid: null,
    date_sent: now,
    status_callback: null,
    send_at: null,
    discards_body: 0,
    callback_by_grant: null,
    created_by_grant: null,
    carrier_cost_micro: null,
    carrier_cost_currency: null,
    ...dates,
  });
  const place = { account_sid, root_sid, message_sid: sid, created_by_grant: null, ...dates };
  await insertMedia(
    tx,
    media.map((file) => ({ ...file, ...place, sid: app.newSid('ME') })),
  );
  const pair = { account_sid, phone_number: to, recipient: from };
  const keyword = await obey(act, root_sid, pair, body);
  await tellOfStatus(act, message, { is_new: true });
  if (keyword !== null && incoming.answers_keywords) {
    await answerKeyword(act, account, message, { keyword, hops });
  }
  const step: MessageStep = isAwaited
    ? { name: 'receive', hops }
    : { name: 'ask', hops, documents: 0, next: null };
  if (isAwaited || number.sms_url !== null) {
    const thing = { sid, account_sid, root_sid, kind: 'message' } as const;
    await handOver(act, thing, { step, date_next: due ?? now }, { is_new: true });
  }
  return message;
}

/** @returns the wish that is to be answered; null: none, or one that changes nothing */
async function obey(
  { tx, now }: Act,
  root_sid: string,
  pair: { account_sid: string; phone_number: string; recipient: string },
  body: string,
): Promise<Keyword | null> {
  const keyword = keywordOf(body);
  if (keyword === null || keyword === 'help') return keyword;
  const isNews =
    keyword === 'stop'
      ? await putOptOut(tx, { ...pair, root_sid, date_created: now })
      : await deleteOptOut(tx, pair);
  return isNews ? keyword : null;
}
