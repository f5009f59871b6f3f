import type { Act } from '../audit/act.ts';
import { callOff } from './change-message.ts';
import { fetchScheduled, muteMessagesOfGrant } from './message-store.ts';

/**
 * Cancels what an app has scheduled, when its grant ends. What it has handed over goes its way,
 * and nothing more is told of it at the app's URLs. @returns how many were canceled.
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

/** Cancels all that an account has scheduled, when it is closed. @returns how many. */
export async function cancelScheduledMessages(act: Act, account_sid: string): Promise<number> {
  const scheduled = await fetchScheduled(act.tx, account_sid, null);
  for (const message of scheduled) await callOff(act, message);
  return scheduled.length;
}
