import type { Selectable } from 'kysely';
import type { Db } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';

/**
 * When apps last acted by some grants; one that never did has no row. The rows are written
 * where callers are admitted, which stands above this feature.
 */
export async function fetchGrantUses(
  db: Db,
  grant_sids: readonly string[],
): Promise<Selectable<Tables['grant_uses']>[]> {
  if (grant_sids.length === 0) return [];
  return db.selectFrom('grant_uses').selectAll().where('grant_sid', 'in', grant_sids).execute();
}
