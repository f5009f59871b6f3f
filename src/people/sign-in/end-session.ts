import type { Act } from '../../audit/act.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { recordForPerson } from '../record-for-person.ts';
import { deleteSessionOf, deleteSessions, deleteSessionsOf } from './session-life-store.ts';

/** Ends one session. Its cookie has no effect any more. */
export async function endSession({ tx }: Pick<Act, 'tx'>, digest: string): Promise<void> {
  await deleteSessions(tx, [digest]);
}

/** Ends a person's session by its digest. @throws ApiError 404 for a session of another person */
export async function endSessionOf(
  act: Pick<Act, 'tx' | 'record' | 'recordSecurity'>,
  person_sid: string,
  digest: string,
): Promise<void> {
  orNotFound(await deleteSessionOf(act.tx, person_sid, digest));
  await recordForPerson(act, person_sid, 'session.ended');
}

/**
 * Ends all sessions of a person, except one if it is named.
 * @returns the number of ended sessions
 */
export async function endAllSessions(
  act: Pick<Act, 'tx' | 'record' | 'recordSecurity'>,
  person_sid: string,
  except_digest: string | null = null,
): Promise<number> {
  const ended = await deleteSessionsOf(act.tx, person_sid, except_digest);
  if (ended > 0) await recordForPerson(act, person_sid, 'sessions.ended', { ended });
  return ended;
}
