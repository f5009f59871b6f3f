import type { App } from '../app.ts';
import type { Act } from '../audit/act.ts';
import { COOKIE_MS, type Conversation, Cookies } from './cookie-jar.ts';
import {
  deleteCookies,
  deleteExpiredCookies,
  deleteOldestCookies,
  fetchCookies,
  putCookies,
} from './cookie-store.ts';

/** Conversations of one account that have cookies; beyond them the oldest lose theirs. */
const MAX_CONVERSATIONS = 10_000;

/** The cookies with which an application is asked. */
export async function openCookies(app: App, of: Conversation): Promise<Cookies> {
  return new Cookies(await fetchCookies(app.database.db, of, app.now()));
}

/**
 * Keeps the cookies that an application has set, in the deed of its answer, beside those that
 * others have set meanwhile.
 */
export async function keepCookies(
  { tx, now }: Act,
  of: Conversation,
  { taken }: Pick<Cookies, 'taken'>,
): Promise<void> {
  if (taken.length === 0) return;
  const cookies = new Cookies(await fetchCookies(tx, of, now));
  for (const one of taken) cookies.take(one, now);
  const jar = cookies.text();
  if (jar === null) {
    await deleteCookies(tx, of);
    return;
  }
  await putCookies(tx, of, { jar, date_updated: now, date_expires: now + COOKIE_MS });
  await deleteOldestCookies(tx, of.account_sid, MAX_CONVERSATIONS);
}

/** Deletes the cookies whose time is up. */
export async function forgetCookies({ database, now }: App): Promise<void> {
  await database.write((tx) => deleteExpiredCookies(tx, now()));
}
