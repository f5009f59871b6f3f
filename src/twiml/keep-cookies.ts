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

/** The most conversations of one account that have cookies. The oldest ones lose theirs. */
const MAX_CONVERSATIONS = 10_000;

/** Opens the cookies for the requests to an application. */
export async function openCookies(app: App, of: Conversation): Promise<Cookies> {
  return new Cookies(await fetchCookies(app.database.db, of, app.now()));
}

/**
 * Stores the cookies that an application set, in the deed of its answer. Cookies that other
 * requests set meanwhile stay.
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

/** Deletes expired cookies. */
export async function forgetCookies({ database, now }: App): Promise<void> {
  await database.write((tx) => deleteExpiredCookies(tx, now()));
}
