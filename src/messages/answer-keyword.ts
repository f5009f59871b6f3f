import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { addToTimeline } from '../carrier/timeline-store.ts';
import type { Message } from './message.ts';
import type { Keyword } from './opt-out.ts';
import { sendReply } from './send-reply.ts';

/**
 * The answers to the words of docs/contract/messages.md, "STOP and START". None is such a word
 * itself, so that two platforms do not answer each other.
 */
export const KEYWORD_ANSWERS: Readonly<Record<Keyword, string>> = {
  stop: 'You get no more messages from this number. Write START to get them again.',
  start: 'You get messages from this number again. Write STOP to end them, or HELP for help.',
  help: 'This number sends messages to you. Write STOP to end them, or START to get them again.',
};

/**
 * Answers such a word for the account, in the deed of the message, so that no repeat is answered. The
 * answer is charged like any other. A refusal is noted in the message's timeline only: an error
 * would make the carrier bring the message again.
 * @param asked `hops`: see `message-step.ts`
 */
export async function answerKeyword(
  act: Act,
  account: ActingAccount,
  message: Message,
  { keyword, hops }: { readonly keyword: Keyword; readonly hops: number },
): Promise<void> {
  const body = KEYWORD_ANSWERS[keyword];
  const reply = { to: null, from: null, body, media: [], status_callback: null };
  const course = { due: null, hops, ignores_opt_out: true };
  const { entry } = await sendReply(act, account, { message, reply, course });
  await addToTimeline(act.tx, message, act.now, [entry]);
}
