import type { Tx } from '../db/database.ts';
import type { Feedback } from './feedback.ts';

/** Writes what is said of a message, or replaces what was said of it. */
export async function putFeedback(tx: Tx, feedback: Feedback): Promise<Feedback> {
  const { outcome, date_updated } = feedback;
  return tx
    .insertInto('message_feedback')
    .values(feedback)
    .onConflict((conflict) => conflict.column('message_sid').doUpdateSet({ outcome, date_updated }))
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteFeedback(tx: Tx, message_sid: string): Promise<void> {
  await tx.deleteFrom('message_feedback').where('message_sid', '=', message_sid).execute();
}
