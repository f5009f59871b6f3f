import type { Db } from '../db/database.ts';
import { digestOf } from '../kit/seal.ts';
import type { EpochMs } from '../kit/utc.ts';
import { fetchSession, type Session } from './session-store.ts';

/**
 * An unused session ends after the first time, any session after the second (docs/threats.md, T18).
 */
export const SESSION_IDLE_MS = 30 * 60_000;
export const SESSION_ABSOLUTE_MS = 12 * 3_600_000;
/** The least time between two writes of a session's last use. */
export const SESSION_TOUCH_MS = 60_000;
/** The time for which a proof of identity counts for sensitive acts and their forms. */
export const CONFIRMED_MS = 15 * 60_000;
export const CONFIRMED_FORM_MS = 45 * 60_000;

/** The greatest length of a session's cookie. */
const COOKIE_LENGTH = 100;

/**
 * The session of a cookie; null when there is none, or it has ended.
 * @param now real time. Sessions do not follow the development clock.
 */
export async function readSession(
  db: Db,
  cookie: string | undefined,
  now: EpochMs,
): Promise<Session | null> {
  if (cookie === undefined || cookie === '' || cookie.length > COOKIE_LENGTH) return null;
  const session = await fetchSession(db, digestOf(cookie));
  return session && isAlive(session, now) ? session : null;
}

export function isAlive(
  session: Pick<Session, 'date_created' | 'date_seen'>,
  now: EpochMs,
): boolean {
  return (
    now - session.date_seen <= SESSION_IDLE_MS && now - session.date_created <= SESSION_ABSOLUTE_MS
  );
}
