import type { Tx } from '../db/database.ts';
import type { Feedback } from './feedback.ts';

/** Writes or replaces the feedback about a message. */
export async function putFeedback(tx: Tx, feedback: Feedback): Promise<Feedback> {
  const { outcome, date_updated } = feedback;
  return tx
    .insertInto('message_feedback')
    .values(feedback)
    .onConflict((conflict) =>
      conflict.columns(['message_sid', 'root_sid']).doUpdateSet({ outcome, date_updated }),
    )
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteFeedback(tx: Tx, message_sid: string): Promise<void> {
  await tx.deleteFrom('message_feedback').where('message_sid', '=', message_sid).execute();
}
