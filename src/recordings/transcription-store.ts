import type { Insertable, Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest, unindexed } from '../db/keyset.ts';
import type { TranscriptionsTable } from '../db/tables/acting-tables.ts';
import type { Task } from '../jobs/task.ts';
import type { Transcription } from './transcription.ts';

export async function insertTranscription(
  tx: Tx,
  transcription: Insertable<TranscriptionsTable>,
): Promise<Transcription> {
  return tx
    .insertInto('transcriptions')
    .values(transcription)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** The transcriptions of an account, or of one recording. */
export function listTranscriptions(
  db: Db,
  account_sid: string,
  recording_sid: string | null,
  page: PageRequest,
): Promise<Page<Transcription>> {
  let query = db
    .selectFrom('transcriptions')
    .selectAll()
    .where(recording_sid === null ? 'account_sid' : unindexed('account_sid'), '=', account_sid);
  if (recording_sid !== null) query = query.where('recording_sid', '=', recording_sid);
  return fetchPage(query, page);
}

/** All transcriptions of a recording. There are few. */
export async function fetchTranscriptionsOf(
  tx: Tx,
  account_sid: string,
  recording_sid: string,
): Promise<Transcription[]> {
  return tx
    .selectFrom('transcriptions')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('recording_sid', '=', recording_sid)
    .orderBy('sid')
    .execute();
}

/** @param recording_sid the recording that it must belong to; null for any */
export async function fetchTranscription(
  db: Db,
  account_sid: string,
  sid: string,
  recording_sid: string | null = null,
): Promise<Transcription | undefined> {
  const found = await db
    .selectFrom('transcriptions')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
  return recording_sid === null || found?.recording_sid === recording_sid ? found : undefined;
}

export async function updateTranscription(
  tx: Tx,
  { account_sid, sid }: Pick<Transcription, 'account_sid' | 'sid'>,
  changes: Updateable<TranscriptionsTable>,
): Promise<Transcription> {
  return tx
    .updateTable('transcriptions')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirstOrThrow();
}

export async function deleteTranscriptionRow(
  tx: Tx,
  { account_sid, sid }: Pick<Transcription, 'account_sid' | 'sid'>,
): Promise<void> {
  await tx
    .deleteFrom('transcriptions')
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .execute();
}

/** The tasks of an account's running transcriptions. */
export async function fetchTranscribing(tx: Tx, account_sid: string): Promise<Task[]> {
  const tasks = await tx
    .selectFrom('carrier_tasks')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('kind', '=', 'transcription')
    .orderBy('sid')
    .execute();
  return tasks as Task[];
}
