import type { Act } from '../audit/act.ts';
import { recordForPerson } from './record-for-person.ts';
import { deleteSessions, deleteSessionsOf } from './session-life-store.ts';

/** Ends one session; its cookie opens nothing any more. */
export async function endSession({ tx }: Pick<Act, 'tx'>, digest: string): Promise<void> {
  await deleteSessions(tx, [digest]);
}

/**
 * Ends a person's sessions everywhere, but for one if it is named.
 * @returns how many ended.
 */
export async function endAllSessions(
  act: Pick<Act, 'tx' | 'record'>,
  person_sid: string,
  except_digest: string | null = null,
): Promise<number> {
  const ended = await deleteSessionsOf(act.tx, person_sid, except_digest);
  if (ended > 0) await recordForPerson(act, person_sid, 'sessions.ended', { ended });
  return ended;
}
