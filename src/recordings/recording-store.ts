import { type Insertable, type SqlBool, sql, type Updateable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import {
  fetchPage,
  type Page,
  type PageRequest,
  searchWholePage,
  unindexed,
} from '../db/keyset.ts';
import { countRows } from '../db/limit.ts';
import type { RecordingsTable } from '../db/tables/acting-tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Recording } from './recording.ts';

export async function insertRecording(
  tx: Tx,
  recording: Insertable<RecordingsTable>,
): Promise<Recording> {
  return tx.insertInto('recordings').values(recording).returningAll().executeTakeFirstOrThrow();
}

/** The filters of a list of recordings. */
export interface RecordingFilter {
  readonly call_sid?: string | null | undefined;
  readonly created: { readonly from: EpochMs; readonly until: EpochMs };
  /** Includes recordings that were deleted after this moment; null includes none. */
  readonly deleted_since: EpochMs | null;
}

export function listRecordings(
  db: Db,
  account_sid: string,
  { call_sid, created, deleted_since }: RecordingFilter,
  page: PageRequest,
): Promise<Page<Recording>> {
  let query = db
    .selectFrom('recordings')
    .selectAll()
    .where(call_sid ? unindexed('account_sid') : 'account_sid', '=', account_sid);
  if (call_sid) query = query.where('call_sid', '=', call_sid);
  if (created.from > 0) query = query.where('date_created', '>=', created.from);
  if (created.until < Number.MAX_SAFE_INTEGER) {
    query = query.where('date_created', '<', created.until);
  }
  if (deleted_since === null) return fetchPage(query.where('date_deleted', 'is', null), page);
  const isThere = sql<SqlBool>`(date_deleted is null or date_deleted > ${deleted_since})`;
  return searchWholePage(db, query, [isThere], page);
}

/** A recording that is not deleted, or was deleted after `deleted_since`. */
export async function fetchRecording(
  db: Db,
  account_sid: string,
  sid: string,
  deleted_since: EpochMs | null = null,
): Promise<Recording | undefined> {
  const recording = await db
    .selectFrom('recordings')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .executeTakeFirst();
  if (!recording || recording.date_deleted === null) return recording;
  const isShown = deleted_since !== null && recording.date_deleted > deleted_since;
  return isShown ? recording : undefined;
}

/** The running recordings of a call, newest first. */
export async function fetchRunningRecordings(
  db: Db,
  account_sid: string,
  call_sid: string,
): Promise<Recording[]> {
  return db
    .selectFrom('recordings')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('call_sid', '=', call_sid)
    .where('status', 'in', ['in-progress', 'paused'])
    .orderBy('date_created', 'desc')
    .orderBy('sid', 'desc')
    .execute();
}

export function countRecordings(tx: Tx, call_sid: string): Promise<number> {
  return countRows(tx.selectFrom('recordings').where('call_sid', '=', call_sid));
}

export async function updateRecording(
  tx: Tx,
  { account_sid, sid }: Pick<Recording, 'account_sid' | 'sid'>,
  changes: Updateable<RecordingsTable>,
): Promise<Recording> {
  return tx
    .updateTable('recordings')
    .set(changes)
    .where('account_sid', '=', account_sid)
    .where('sid', '=', sid)
    .returningAll()
    .executeTakeFirstOrThrow();
}

/** Removes a grant's callbacks from running recordings. @returns the number of changed rows */
export async function muteRecordingsOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
): Promise<number> {
  const { numUpdatedRows } = await tx
    .updateTable('recordings')
    .set({ status_callback: null, callback_by_grant: null })
    .where(unindexed('account_sid'), '=', account_sid)
    .where('callback_by_grant', '=', grant_sid)
    .where('status', 'in', ['in-progress', 'paused'])
    .executeTakeFirstOrThrow();
  return Number(numUpdatedRows);
}
