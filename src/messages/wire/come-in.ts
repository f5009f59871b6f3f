import { createHash } from 'node:crypto';
import { laneOf } from '../../access/main-accounts.ts';
import { fetchActingAccount } from '../../accounts/account-store.ts';
import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { SYSTEM } from '../../audit/audit-event.ts';
import { CARRIER_KINDS } from '../../carriers/carrier-kinds.ts';
import { lineUpOf } from '../../carriers/line-up.ts';
import type { Inbound, InMessage, MediaPlace } from '../../carriers/message-carrier.ts';
import type { Db } from '../../db/database.ts';
import { representable } from '../../http/parameters/fields.ts';
import { readStep } from '../../jobs/step.ts';
import { fetchTask } from '../../jobs/task-store.ts';
import type { IncomingPhoneNumber } from '../../numbers/incoming-phone-number.ts';
import { findNumber } from '../../numbers/incoming-phone-number-store.ts';
import { fetchDigests } from '../../usage/usage-ledger-store.ts';
import { carriedType, MEDIA_MAX_BYTES } from '../media.ts';
import { fetchMedia } from '../media-store.ts';
import { channelOf, numberIn, readAddress, readHeld } from '../message-address.ts';
import { MESSAGE_STEPS } from '../message-step.ts';
import { receiveMessage } from '../receive-message.ts';
import { findRef } from './carrier-ref-store.ts';
import { keepLateCost } from './keep-cost.ts';
import { settleAnswer } from './settle-answer.ts';
import { settlePart } from './settle-part.ts';
import { settleWire } from './settle-wire.ts';

/** The product's side of the carriers: it records their reports and the messages that come in. */
export function inboundOf(app: App): Inbound {
  return {
    async receipt(by, { of, state, code, detail, cost }) {
      const report = { by, event: state, code, detail };
      if ('sid' in of) {
        const { sid, ref } = of;
        const taken = ref === undefined ? {} : { taken: { refs: [ref], parts: 1 } };
        if (await settleWire(app, { ...report, sid, ...taken, cost })) return 'kept';
        return cost && (await keepLateCost(app, { sid, by }, cost)) ? 'kept' : 'unknown';
      }
      const ref = await findRef(app.database.db, by, of);
      if (!ref) return 'unknown';
      await settlePart(app, ref, report);
      return 'kept';
    },
    answer: (by, sid, submitted) => settleAnswer(app, { by, sid }, submitted),
    message: (by, message) => comeIn(app, by, message),
    media: (by, place) => mediaOnTheWay(app, by, place),
  };
}

/** A file of a message that a carrier has. The carrier needs it no longer when the message ended. */
async function mediaOnTheWay(app: App, by: string, { message_sid, sid }: MediaPlace) {
  const { db } = app.database;
  const task = await fetchTask(db, message_sid);
  if (task?.kind !== 'message') return null;
  const step = readStep(MESSAGE_STEPS, task.step);
  if (!('by' in step) || step.by !== by) return null;
  const media = await fetchMedia(db, { account_sid: task.account_sid, message_sid }, sid);
  if (media?.content == null) return null;
  const { content_type, content } = media;
  return { sid, content_type, content: Buffer.from(content, 'base64') };
}

/**
 * A repeat has the same SID, and so the same key in the ledger. It is recognized however long ago
 * the first one was, even after the message was deleted.
 */
async function comeIn(app: App, by: string, message: InMessage): Promise<'kept' | 'unknown'> {
  const to = readHeld(message.to);
  const found = to === null ? undefined : await findNumber(app.database.db, numberIn(to));
  if (!found || to === null) return 'unknown';
  const { media, came_at } = message;
  if (came_at !== undefined && came_at < found.date_created) return 'unknown';
  const [sid, ...others] = message.id === null ? [] : sidsOf(by, message.id, media.length > 0);
  const sids = sid === undefined ? [] : [sid, ...others];
  if (sids.length > 0 && (await isKnown(app.database.db, found, sids))) return 'kept';
  const lane = await laneOf(app, found.account_sid);
  const deed = async (doing: Parameters<Parameters<typeof act>[2]>[0]) => {
    const number = await findNumber(doing.tx, numberIn(to));
    const account = number && (await fetchActingAccount(doing.tx, number.account_sid));
    if (!number || account?.status !== 'active') return 'unknown' as const;
    if (sids.length > 0 && (await isKnown(doing.tx, number, sids))) return 'kept' as const;
    await receiveMessage(doing, account, number, {
      from: readAddress(message.from) ?? representable(message.from),
      channel: channelOf(to),
      body: representable(message.body),
      media: carried(media),
      due: null,
      hops: message.hops ?? 0,
      ...(sid !== undefined && { sid }),
      answers_keywords: !answersThere(app, by),
    });
    return 'kept' as const;
  };
  return act(app, SYSTEM, deed, { lane });
}

/** Whether the far side answers `STOP`, `START` and `HELP` itself. */
function answersThere(app: App, by: string): boolean {
  const kind = lineUpOf(app).plan.carriers.get(by)?.kind ?? '';
  return CARRIER_KINDS[kind]?.answers_keywords ?? false;
}

/** The files of the types that messages may have, up to the size that they may have. */
function carried(media: InMessage['media']) {
  let left = MEDIA_MAX_BYTES;
  return media.flatMap(({ content_type: given, content, source_url }) => {
    const content_type = carriedType(given);
    left -= content?.length ?? 0;
    if (content_type === null || left < 0) return [];
    return [{ content_type, content: content?.toString('base64') ?? null, source_url }];
  });
}

/** The SID of a message, and the one that it has if its files are there or are missing. */
function sidsOf(by: string, id: string, is_mms: boolean): [string, string] {
  const digest = createHash('sha256').update(`${by}\n${id}`).digest('hex').slice(0, 32);
  return is_mms ? [`MM${digest}`, `SM${digest}`] : [`SM${digest}`, `MM${digest}`];
}

async function isKnown(
  db: Db,
  { account_sid, root_sid }: Pick<IncomingPhoneNumber, 'account_sid' | 'root_sid'>,
  sids: readonly string[],
): Promise<boolean> {
  return (await fetchDigests(db, { root_sid, account_sid }, sids)).length > 0;
}
