import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest } from '../db/keyset.ts';
import { prepared } from '../db/prepared.ts';
import type { MessageMediaTable } from '../db/tables/acting-tables.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Media, MediaEntry } from './media.ts';

const ENTRY = [
  'sid',
  'account_sid',
  'message_sid',
  'content_type',
  'created_by_grant',
  'date_created',
  'date_updated',
] as const;

/** The account and message of a file, and the file itself. */
type Place = Pick<Media, 'account_sid' | 'message_sid'>;

export async function insertMedia(
  tx: Tx,
  media: readonly Insertable<MessageMediaTable>[],
): Promise<void> {
  if (media.length > 0)
    await tx
      .insertInto('message_media')
      .values([...media])
      .execute();
}

/** The fetched files of a message that were made within a span of time. */
export function listMedia(
  db: Db,
  { account_sid, message_sid }: Place,
  made: { readonly from: EpochMs; readonly until: EpochMs },
  page: PageRequest,
): Promise<Page<MediaEntry>> {
  const query = db
    .selectFrom('message_media')
    .select(ENTRY)
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .where('date_created', '>=', made.from)
    .where('date_created', '<', made.until)
    .where('content', 'is not', null);
  return fetchPage(query, page);
}

export async function fetchMediaEntry(
  db: Db,
  { account_sid, message_sid }: Place,
  sid: string,
): Promise<MediaEntry | undefined> {
  return db
    .selectFrom('message_media')
    .select(ENTRY)
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .where('sid', '=', sid)
    .where('content', 'is not', null)
    .executeTakeFirst();
}

/** A file with its content, in base64. */
export async function fetchMedia(
  db: Db,
  { account_sid, message_sid }: Place,
  sid: string,
): Promise<Media | undefined> {
  return db
    .selectFrom('message_media')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .where('sid', '=', sid)
    .where('content', 'is not', null)
    .executeTakeFirst();
}

/** The metadata of a message's fetched files, in the order of the message. */
export const fetchMediaEntries = prepared((db, { account_sid, message_sid }: Place) =>
  db
    .selectFrom('message_media')
    .select(ENTRY)
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .where('content', 'is not', null)
    .orderBy('date_created')
    .orderBy('sid'),
);

/** All files of a message with their content, in the order of the message. */
export const fetchAllMedia = prepared((db, { account_sid, message_sid }: Place) =>
  db
    .selectFrom('message_media')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .orderBy('date_created')
    .orderBy('sid'),
);

/** Stores the content of a fetched file. */
export async function fillMedia(
  tx: Tx,
  sid: string,
  filled: Pick<Media, 'content_type' | 'content' | 'date_updated'>,
): Promise<void> {
  await tx
    .updateTable('message_media')
    .set({ ...filled, source_url: null })
    .where('sid', '=', sid)
    .execute();
}

/** @returns whether the file existed. */
export async function deleteMedia(
  tx: Tx,
  { account_sid, message_sid }: Place,
  sid: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('message_media')
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid)
    .where('sid', '=', sid)
    .where('content', 'is not', null)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}

const deleteAll = prepared((db, place: Place) => deleteOf(db, place));
const deleteMissing = prepared((db, place: Place) =>
  deleteOf(db, place).where('content', 'is', null),
);

function deleteOf(db: Db, { account_sid, message_sid }: Place) {
  return db
    .deleteFrom('message_media')
    .where('account_sid', '=', account_sid)
    .where('message_sid', '=', message_sid);
}

/** Deletes the files of a message: all of them, or those that were never fetched. */
export async function deleteMediaOf(
  tx: Tx,
  { account_sid, message_sid }: Place,
  which: 'all' | 'missing',
): Promise<void> {
  await (which === 'all' ? deleteAll : deleteMissing)(tx, { account_sid, message_sid });
}
