import type { Act } from '../../audit/act.ts';
import { NotFound } from '../../kit/api-error.ts';
import { recordForPerson } from '../record-for-person.ts';
import { deleteSessionOf, deleteSessions, deleteSessionsOf } from './session-life-store.ts';

/** Ends one session; its cookie opens nothing any more. */
export async function endSession({ tx }: Pick<Act, 'tx'>, digest: string): Promise<void> {
  await deleteSessions(tx, [digest]);
}

/** Ends one of a person's sessions, by its digest. @throws ApiError 404 when it is not theirs. */
export async function endSessionOf(
  act: Pick<Act, 'tx' | 'record' | 'recordSecurity'>,
  person_sid: string,
  digest: string,
): Promise<void> {
  if (!(await deleteSessionOf(act.tx, person_sid, digest))) throw new NotFound();
  await recordForPerson(act, person_sid, 'session.ended');
}

/**
 * Ends a person's sessions everywhere, but for one if it is named.
 * @returns how many ended.
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
