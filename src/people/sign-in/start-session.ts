import type { Act } from '../../audit/act.ts';
import { digestOf } from '../../kit/seal.ts';
import { MAX_SESSIONS } from '../person.ts';
import type { SessionRow } from './session-life-store.ts';
import { deleteSessions, insertSession, listSessions } from './session-life-store.ts';

const ID_BYTES = 32;
const USER_AGENT_LENGTH = 256;

/**
 * Begins a session and returns the value of its cookie. The value is stored nowhere: the database
 * has only its digest, with which nobody can sign in (docs/threats.md, T18). Every step of a
 * sign-in begins a new session, so that an id from before the step has no effect after it.
 *
 * A person with the most sessions loses the one that was unused for longest.
 */
export async function startSession(
  { app, tx }: Pick<Act, 'app' | 'tx'>,
  person_sid: string,
  {
    state,
    user_agent,
    date_confirmed,
  }: Pick<SessionRow, 'state' | 'user_agent'> & Partial<Pick<SessionRow, 'date_confirmed'>>,
): Promise<string> {
  const now = app.realNow();
  const standing = await listSessions(tx, person_sid);
  const ending = standing.slice(MAX_SESSIONS - 1).map(({ digest }) => digest);
  await deleteSessions(tx, ending);
  const cookie = app.randomBytes(ID_BYTES).toString('base64url');
  await insertSession(tx, {
    digest: digestOf(cookie),
    person_sid,
    state,
    challenge: null,
    user_agent: user_agent?.slice(0, USER_AGENT_LENGTH) ?? null,
    date_created: now,
    date_seen: now,
    date_confirmed: date_confirmed ?? now,
  });
  return cookie;
}
