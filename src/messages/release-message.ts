import type { ActingAccount } from '../accounts/account.ts';
import { fetchActingAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { NextStep } from '../jobs/task.ts';
import { ApiError } from '../kit/api-error.ts';
import { demandCountry } from '../numbers/limit-traffic.ts';
import { findSender, type Sender } from './find-sender.ts';
import { deleteMediaOf } from './media-store.ts';
import type { Message } from './message.ts';
import { numberIn } from './message-address.ts';
import type { MessageErrorCode } from './message-error.ts';
import type { MessageStep, ReleaseStep } from './message-step.ts';
import { updateMessage } from './message-store.ts';
import { reportMessage } from './report-message.ts';
import { chargeMessage } from './send-message.ts';

/**
 * Sends a scheduled message at its time: it gets its number, is metered, and goes out like any
 * other message. If it fails here, it costs nothing.
 * @param due the scheduled time, from which its next step is counted
 */
export async function releaseMessage(
  act: Act,
  message: Message,
  step: ReleaseStep,
  due: number,
): Promise<NextStep<MessageStep> | null> {
  const { tx } = act;
  const { account_sid, sid, num_segments } = message;
  const { validity_ms, is_mms, obfuscates_to, hops } = step;
  const account = await fetchActingAccount(tx, account_sid);
  if (account?.status !== 'active') return failMessage(act, message, 30002, step);
  const found = await findSender(tx, account_sid, { ...message, is_mms });
  if (found.sender === null) return failMessage(act, message, found.code, step);
  const { sender } = found;
  if (!(await mayReach(act, account, message, sender))) {
    return failMessage(act, message, 21408, step);
  }
  const price_micro = await chargeMessage(act, { sid, account_sid, sender, num_segments, is_mms });
  const released = await updateMessage(tx, message, { from: sender.address, price_micro });
  await reportMessage(act, released, { status: 'queued' });
  const valid_until = due + validity_ms;
  return { step: { name: 'send', valid_until, obfuscates_to, hops }, date_next: due };
}

/** Whether the account, and the app that scheduled the message, may still reach its recipient. */
async function mayReach(
  act: Act,
  account: ActingAccount,
  { to }: Message,
  { address: from, carrier: link }: Sender,
): Promise<boolean> {
  try {
    await demandCountry(act, account, { traffic: 'messages', to: numberIn(to), from, link });
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

/** A message fails before it is sent. Its files that were never fetched are deleted. */
export async function failMessage(
  act: Act,
  message: Message,
  error_code: MessageErrorCode,
  { obfuscates_to }: { readonly obfuscates_to: boolean },
): Promise<null> {
  const { account_sid, sid: message_sid } = message;
  await deleteMediaOf(act.tx, { account_sid, message_sid }, 'missing');
  await reportMessage(act, message, { status: 'failed', error_code, obfuscates_to });
  return null;
}
