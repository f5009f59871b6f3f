import type { Call } from '../../calls/call.ts';
import type { Db } from '../../db/database.ts';
import { unindexed } from '../../db/keyset.ts';
import type { Recording } from '../../recordings/recording.ts';
import type { Transcription } from '../../recordings/transcription.ts';

/** Reads calls, over all accounts of a customer, for the customer's pages. */

type Place = Pick<Call, 'account_sid' | 'sid'>;

/** The legs that a call dialled, in their order. */
export function listLegs(db: Db, { account_sid, sid }: Place, limit: number): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where(unindexed('account_sid'), '=', account_sid)
    .where('parent_call_sid', '=', sid)
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** The recordings of a call, without deleted ones, in their order. */
export function listRecordingsOf(
  db: Db,
  { account_sid, sid }: Place,
  limit: number,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where(unindexed('account_sid'), '=', account_sid)
    .where('call_sid', '=', sid)
    .where('date_deleted', 'is', null)
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** The transcriptions of some recordings of an account, in their order. */
export async function listTranscriptionsOf(
  db: Db,
  account_sid: string,
  recording_sids: readonly string[],
  limit: number,
): Promise<Transcription[]> {
  if (recording_sids.length === 0) return [];
  return db
    .selectFrom('transcriptions')
    .selectAll()
    .where(unindexed('account_sid'), '=', account_sid)
    .where('recording_sid', 'in', recording_sids)
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}
