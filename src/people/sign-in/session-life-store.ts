import type { Selectable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import type { Tables } from '../../db/tables/tables.ts';

/** A row of the sessions. `access/session-store.ts` reads the session of a request. */
export type SessionRow = Selectable<Tables['sessions']>;

export async function insertSession(tx: Tx, session: SessionRow): Promise<void> {
  await tx.insertInto('sessions').values(session).execute();
}

/** A person's sessions, the most recently used first. */
export async function listSessions(db: Db, person_sid: string): Promise<SessionRow[]> {
  return db
    .selectFrom('sessions')
    .selectAll()
    .where('person_sid', '=', person_sid)
    .orderBy('date_seen', 'desc')
    .orderBy('date_created', 'desc')
    .orderBy('digest')
    .execute();
}

/** @returns the number of deleted sessions */
export async function deleteSessions(tx: Tx, digests: readonly string[]): Promise<number> {
  if (digests.length === 0) return 0;
  const { numDeletedRows } = await tx
    .deleteFrom('sessions')
    .where('digest', 'in', digests)
    .executeTakeFirst();
  return Number(numDeletedRows);
}

/** Ends a person's session. @returns false when it does not exist */
export async function deleteSessionOf(
  tx: Tx,
  person_sid: string,
  digest: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('sessions')
    .where('person_sid', '=', person_sid)
    .where('digest', '=', digest)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

/** Ends a person's sessions, except one if it is named. @returns the number of ended sessions */
export async function deleteSessionsOf(
  tx: Tx,
  person_sid: string,
  except_digest: string | null,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('sessions')
    .where('person_sid', '=', person_sid)
    .$if(except_digest !== null, (query) => query.where('digest', '!=', except_digest as string))
    .executeTakeFirst();
  return Number(numDeletedRows);
}

export async function writeChallenge(tx: Tx, digest: string, challenge: string): Promise<void> {
  await tx.updateTable('sessions').set({ challenge }).where('digest', '=', digest).execute();
}

/** Takes the challenge out of a session, so that it is answered once; null when there is none. */
export async function takeChallenge(tx: Tx, digest: string): Promise<string | null> {
  const found = await tx
    .selectFrom('sessions')
    .select('challenge')
    .where('digest', '=', digest)
    .where('challenge', 'is not', null)
    .executeTakeFirst();
  if (!found) return null;
  const { numUpdatedRows } = await tx
    .updateTable('sessions')
    .set({ challenge: null })
    .where('digest', '=', digest)
    .where('challenge', '=', found.challenge)
    .executeTakeFirst();
  return numUpdatedRows > 0n ? found.challenge : null;
}

/** Deletes expired sessions. */
export async function deleteEndedSessions(
  tx: Tx,
  before: { readonly date_seen: number; readonly date_created: number },
): Promise<void> {
  await tx
    .deleteFrom('sessions')
    .where((where) =>
      where.or([
        where('date_seen', '<', before.date_seen),
        where('date_created', '<', before.date_created),
      ]),
    )
    .execute();
}
