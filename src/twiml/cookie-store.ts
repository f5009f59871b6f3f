import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Conversation } from './cookie-jar.ts';

type JarKey = Record<'account_sid' | 'conversation' | 'url_by_grant', string>;

const selectJar = prepared((db, key: JarKey & { now: EpochMs }) =>
  db
    .selectFrom('twiml_cookies')
    .select('jar')
    .where('account_sid', '=', key.account_sid)
    .where('conversation', '=', key.conversation)
    .where('url_by_grant', '=', key.url_by_grant)
    .where('date_expires', '>', key.now),
);

/** The cookies of a conversation; null when there are none. */
export async function fetchCookies(
  db: Db,
  { account_sid, conversation, url_by_grant }: Omit<Conversation, 'root_sid'>,
  now: EpochMs,
): Promise<string | null> {
  const key = { account_sid, conversation, url_by_grant: url_by_grant ?? '' };
  return (await selectJar(db, { ...key, now }))[0]?.jar ?? null;
}

export async function putCookies(
  tx: Tx,
  { account_sid, root_sid, conversation, url_by_grant }: Conversation,
  row: { readonly jar: string; readonly date_updated: EpochMs; readonly date_expires: EpochMs },
): Promise<void> {
  await tx
    .insertInto('twiml_cookies')
    .values({ account_sid, root_sid, conversation, url_by_grant: url_by_grant ?? '', ...row })
    .onConflict((conflict) =>
      conflict
        .columns(['account_sid', 'conversation', 'url_by_grant', 'root_sid'])
        .doUpdateSet(row),
    )
    .execute();
}

const deleteRows = prepared(
  (
    db,
    {
      account_sid,
      conversation,
      url_by_grant,
    }: Record<'account_sid' | 'conversation', string> & { url_by_grant?: string },
  ) => {
    const query = db
      .deleteFrom('twiml_cookies')
      .where('account_sid', '=', account_sid)
      .where('conversation', '=', conversation);
    return url_by_grant === undefined ? query : query.where('url_by_grant', '=', url_by_grant);
  },
);

/** Deletes the cookies of a conversation, or those of a call that has ended. */
export async function deleteCookies(
  tx: Tx,
  {
    account_sid,
    conversation,
    url_by_grant,
  }: Pick<Conversation, 'account_sid' | 'conversation'> & { readonly url_by_grant?: string | null },
): Promise<void> {
  await deleteRows(tx, {
    account_sid,
    conversation,
    ...(url_by_grant !== undefined && { url_by_grant: url_by_grant ?? '' }),
  });
}

/** Deletes the cookies that an app's URLs set. @returns the number of conversations */
export async function deleteCookiesOfGrant(
  tx: Tx,
  account_sid: string,
  grant_sid: string,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('twiml_cookies')
    .where('account_sid', '=', account_sid)
    .where('url_by_grant', '=', grant_sid)
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}

/** Deletes the cookies of an account's oldest conversations, and keeps so many of the newest. */
export async function deleteOldestCookies(tx: Tx, account_sid: string, kept: number) {
  const last = await tx
    .selectFrom('twiml_cookies')
    .select('date_updated')
    .where('account_sid', '=', account_sid)
    .orderBy('date_updated', 'desc')
    .limit(1)
    .offset(kept)
    .executeTakeFirst();
  if (!last) return;
  await tx
    .deleteFrom('twiml_cookies')
    .where('account_sid', '=', account_sid)
    .where('date_updated', '<=', last.date_updated)
    .execute();
}

export async function deleteExpiredCookies(tx: Tx, now: EpochMs): Promise<void> {
  await tx.deleteFrom('twiml_cookies').where('date_expires', '<=', now).execute();
}
