import type { Call } from '../../calls/call.ts';
import type { Db } from '../../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../../db/keyset.ts';
import type { Recording } from '../../recordings/recording.ts';
import type { Transcription } from '../../recordings/transcription.ts';

/** What a customer is shown of calls, in all of the customer's accounts; it reads only. */

/** Which calls a list shows; an absent part filters nothing. */
export interface CallLogFilter {
  readonly to?: string | undefined;
  readonly from?: string | undefined;
  readonly direction?: Call['direction'] | undefined;
  readonly status?: Call['status'] | undefined;
}

/** The calls of one account, newest first. */
export function listCallLog(
  db: Db,
  account_sid: string,
  { to, from, direction, status }: CallLogFilter,
  page: PageRequest,
): Promise<Page<Call>> {
  let query = db.selectFrom('calls').selectAll().where('account_sid', '=', account_sid);
  if (to !== undefined) query = query.where('to', '=', to);
  if (from !== undefined) query = query.where('from', '=', from);
  if (direction !== undefined) query = query.where('direction', '=', direction);
  if (status !== undefined) query = query.where('status', '=', status);
  return fetchPage(query, page);
}

/** A call of a main account or of one of its subaccounts. */
export async function fetchCallOfTree(
  db: Db,
  owner_account_sid: string,
  sid: string,
): Promise<Call | undefined> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('sid', '=', sid)
    .where('account_sid', 'in', (query) =>
      query.selectFrom('accounts').select('sid').where('owner_account_sid', '=', owner_account_sid),
    )
    .executeTakeFirst();
}

type Place = Pick<Call, 'account_sid' | 'sid'>;

/** The legs that a call has dialled, in their order. */
export function listLegs(db: Db, { account_sid, sid }: Place, limit: number): Promise<Call[]> {
  return db
    .selectFrom('calls')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('parent_call_sid', '=', sid)
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}

/** The recordings of a call that were not deleted, in their order. */
export function listRecordingsOf(
  db: Db,
  { account_sid, sid }: Place,
  limit: number,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('account_sid', '=', account_sid)
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
    .where('account_sid', '=', account_sid)
    .where('recording_sid', 'in', recording_sids)
    .orderBy('date_created')
    .orderBy('sid')
    .limit(limit)
    .execute();
}
