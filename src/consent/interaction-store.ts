import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { Interaction } from './interaction.ts';

export async function insertInteraction(
  tx: Tx,
  row: Insertable<Tables['interactions']>,
): Promise<void> {
  await tx.insertInto('interactions').values(row).execute();
}

export async function fetchInteraction(db: Db, digest: string): Promise<Interaction | undefined> {
  return db.selectFrom('interactions').selectAll().where('digest', '=', digest).executeTakeFirst();
}

/**
 * Claims an interaction for one answer. If several answers come at the same time, also in several
 * processes, only one gets `true`.
 */
export async function claimInteraction(
  tx: Tx,
  digest: string,
  answered: Pick<Interaction, 'answer' | 'date_answered'>,
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('interactions')
    .set(answered)
    .where('digest', '=', digest)
    .where('date_answered', 'is', null)
    .executeTakeFirstOrThrow();
  return numUpdatedRows > 0n;
}

export async function writeRedirect(
  tx: Tx,
  digest: string,
  redirect_url: string | null,
): Promise<void> {
  await tx.updateTable('interactions').set({ redirect_url }).where('digest', '=', digest).execute();
}

/** The newest link of an app whose `cb` was ignored, among the stored visits. */
export async function fetchIgnoredCallback(
  db: Db,
  connect_app_sid: string,
): Promise<{ readonly address: string; readonly date: number } | null> {
  const row = await db
    .selectFrom('interactions')
    .select(['ignored_cb', 'date_created'])
    .where('connect_app_sid', '=', connect_app_sid)
    .where('ignored_cb', 'is not', null)
    .orderBy('date_created', 'desc')
    .limit(1)
    .executeTakeFirst();
  return row?.ignored_cb ? { address: row.ignored_cb, date: row.date_created } : null;
}

/** Deletes some of the interactions made before a time; returns how many. */
export async function deleteInteractionsBefore(
  tx: Tx,
  before: number,
  limit: number,
): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('interactions')
    .where('digest', 'in', (query) =>
      query
        .selectFrom('interactions')
        .select('digest')
        .where('date_created', '<', before)
        .orderBy('date_created')
        .limit(limit),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
