import type { Act } from '../audit/act.ts';
import { sendCallback } from '../carrier/send-callback.ts';
import { callbackEntry, type NewEntry } from '../carrier/timeline.ts';
import { addToTimeline, beginTimeline } from '../carrier/timeline-store.ts';
import { hasEnded, type Message, obfuscated, statusParameters } from './message.ts';
import type { MessageErrorCode } from './message-error.ts';
import { updateMessage } from './message-store.ts';

/** A new state of a message. */
export interface MessageReport {
  readonly status: Message['status'];
  readonly error_code?: MessageErrorCode;
  /** For a final state: whether the recipient's number must be obscured. */
  readonly obfuscates_to?: boolean;
}

/**
 * Records a new state of a message, and enqueues its status callback. A message that has ended
 * keeps its body only if its `ContentRetention` says so.
 */
export async function reportMessage(
  act: Act,
  message: Message,
  { status, error_code, obfuscates_to }: MessageReport,
  entries: readonly NewEntry[] = [],
): Promise<Message> {
  const { tx, now } = act;
  const isOver = hasEnded({ status });
  const reported = await updateMessage(tx, message, {
    status,
    date_updated: now,
    ...(status === 'sent' && { date_sent: now }),
    ...(error_code !== undefined && { error_code }),
    ...(isOver && message.discards_body === 1 && { body: null }),
    ...(isOver && obfuscates_to && { to: obfuscated(message.to) }),
  });
  await tellOfStatus(act, { ...reported, to: message.to }, { before: entries });
  return reported;
}

/**
 * Writes a message's status into its timeline, and its callback into the outbox.
 * @param of.is_new whether this transaction made the message
 */
export async function tellOfStatus(
  act: Act,
  message: Message,
  { before = [], is_new = false }: { before?: readonly NewEntry[]; is_new?: boolean },
): Promise<void> {
  const { status, error_code } = message;
  const entries: NewEntry[] = [
    ...before,
    { kind: 'status', detail: { status, ...(error_code !== null && { error_code }) } },
  ];
  const { status_callback: url } = message;
  if (url !== null) {
    const delivery_sid = await sendCallback(act, {
      account_sid: message.account_sid,
      root_sid: message.root_sid,
      kind: 'message-status',
      url,
      method: 'POST',
      parameters: statusParameters(message),
      url_by_grant: message.callback_by_grant,
    });
    entries.push(callbackEntry(delivery_sid, { url, method: 'POST', status }));
  }
  const write = is_new ? beginTimeline : addToTimeline;
  await write(act.tx, message, act.now, entries);
}
