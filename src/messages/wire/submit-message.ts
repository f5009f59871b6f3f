import type { App } from '../../app.ts';
import type { MessageCarrier, OutMessage, Submitted } from '../../carriers/message-carrier.ts';
import { SUBMIT_MS } from '../../carriers/message-carrier.ts';
import { byDeadline } from '../../kit/by-deadline.ts';
import { fetchAllMedia } from '../media-store.ts';
import type { Message } from '../message.ts';
import { settleAnswer } from './settle-answer.ts';
import { ANSWER_LAG } from './wire-metrics.ts';

/** The parts of a message's task that its submission needs. */
export interface Leaving {
  readonly valid_until: number;
  readonly hops: number;
}

/**
 * Submits a message whose task says already that bytes may have left, and records the answer. If the
 * process dies on the way, the fate of the message stays unknown: nothing submits it again.
 */
export async function submitMessage(
  app: App,
  carrier: MessageCarrier,
  message: Message,
  leaving: Leaving,
): Promise<void> {
  const out = await outOf(app, message, leaving);
  const since = app.realNow();
  const submitted = await answerOf(carrier, out);
  app.metrics.add(ANSWER_LAG, { carrier: carrier.name }, (app.realNow() - since) / 1_000);
  await settleAnswer(app, { sid: message.sid, by: carrier.name }, submitted);
}

/** The answer of a carrier. One that throws, or takes too long, has told nothing. */
async function answerOf(carrier: MessageCarrier, out: OutMessage): Promise<Submitted> {
  const late = { is: 'unknown', detail: `no answer within ${SUBMIT_MS / 1_000} s` } as const;
  try {
    return await byDeadline(carrier.submit(out), SUBMIT_MS, () => late);
  } catch {
    return { is: 'unknown', detail: 'the carrier broke off' };
  }
}

async function outOf(
  app: App,
  message: Message,
  { valid_until, hops }: Leaving,
): Promise<OutMessage> {
  const { account_sid, sid, to, from, body } = message;
  const files =
    message.num_media > 0
      ? await fetchAllMedia(app.database.db, { account_sid, message_sid: sid })
      : [];
  return {
    sid,
    to,
    from: from ?? '',
    body: body ?? '',
    media: files.flatMap(({ sid: media_sid, content_type, content }) =>
      content === null
        ? []
        : [{ sid: media_sid, content_type, content: Buffer.from(content, 'base64') }],
    ),
    valid_until,
    hops,
  };
}
