import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import type { NewEntry } from '../carrier/timeline.ts';
import { ApiError } from '../kit/api-error.ts';
import type { Reply } from '../twiml/call-run.ts';
import type { Message } from './message.ts';
import { type NewMessage, PLAIN_MESSAGE } from './new-message.ts';
import { sendMessage } from './send-message.ts';

/** The start of the answers: the due time of the answered message, and its hops. */
export type Course = Pick<NewMessage, 'due' | 'hops'> &
  Partial<Pick<NewMessage, 'ignores_opt_out'>>;

interface Answer {
  /** The message that came in. */
  readonly message: Message;
  readonly reply: Pick<Reply, 'to' | 'from' | 'body' | 'media' | 'status_callback'>;
  readonly course: Course;
}

interface SentReply {
  /** Empty for an answer that was refused. */
  readonly sid: string;
  readonly status: string;
  /** A line for the timeline of the message that came in. */
  readonly entry: NewEntry;
}

/** Sends an answer to a message. A refusal becomes a line of the timeline. */
export async function sendReply(
  act: Act,
  account: ActingAccount,
  { message, reply, course }: Answer,
): Promise<SentReply> {
  const { to, from, body, media, status_callback } = reply;
  try {
    const { sid, status } = await sendMessage(act, account, {
      ...PLAIN_MESSAGE,
      direction: 'outbound-reply',
      to: to ?? message.from ?? '',
      from: from ?? message.to,
      body,
      media_urls: media,
      status_callback,
      ...course,
    });
    return { sid, status, entry: { kind: 'note', detail: { message: 'Answered', sid } } };
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    const { code, message: why } = error;
    return { sid: '', status: 'failed', entry: { kind: 'note', detail: { code, message: why } } };
  }
}
