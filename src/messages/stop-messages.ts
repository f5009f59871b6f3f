import type { Act } from '../audit/act.ts';
import { callOff } from './change-message.ts';
import { fetchScheduled, muteMessagesOfGrant } from './message-store.ts';

/**
 * Cancels the messages that an app has scheduled, when its grant ends. Messages that are on their
 * way are still sent, but the app's URLs get no callbacks. @returns the number of canceled
 * messages.
 */
export async function stopMessagesOfGrant(
  act: Act,
  account_sid: string,
  grant_sid: string,
): Promise<number> {
  await muteMessagesOfGrant(act.tx, account_sid, grant_sid);
  const scheduled = await fetchScheduled(act.tx, account_sid, grant_sid);
  for (const message of scheduled) await callOff(act, message);
  return scheduled.length;
}

/** Cancels all scheduled messages of a closed account. @returns their number. */
export async function cancelScheduledMessages(act: Act, account_sid: string): Promise<number> {
  const scheduled = await fetchScheduled(act.tx, account_sid, null);
  for (const message of scheduled) await callOff(act, message);
  return scheduled.length;
}
