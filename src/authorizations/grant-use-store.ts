import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';

/**
 * The times when apps last used some grants. An unused grant has no row. The HTTP server writes the
 * rows when it admits callers.
 */
export async function fetchGrantUses(
  db: Db,
  grant_sids: readonly string[],
): Promise<Selectable<Tables['grant_uses']>[]> {
  if (grant_sids.length === 0) return [];
  return db.selectFrom('grant_uses').selectAll().where('grant_sid', 'in', grant_sids).execute();
}
