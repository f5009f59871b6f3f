import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { Tables } from '../db/tables/tables.ts';

export async function upsertLogo(
  tx: Tx,
  logo: Insertable<Tables['connect_app_logos']>,
): Promise<void> {
  const { sha256, png, date_created } = logo;
  await tx
    .insertInto('connect_app_logos')
    .values(logo)
    .onConflict((conflict) =>
      conflict.columns(['connect_app_sid', 'root_sid']).doUpdateSet({ sha256, png, date_created }),
    )
    .execute();
}

/** The logos of existing apps. The logo of a deleted app is not shown. */
function logos(db: Db) {
  return db
    .selectFrom('connect_app_logos as logo')
    .innerJoin('connect_apps as app', 'app.sid', 'logo.connect_app_sid')
    .where('app.date_deleted', 'is', null);
}

/** The image with this digest, of any app. */
export async function findLogo(db: Db, sha256: string): Promise<Buffer | undefined> {
  const row = await logos(db)
    .where('logo.sha256', '=', sha256)
    .select('logo.png')
    .executeTakeFirst();
  return row && Buffer.from(row.png, 'base64');
}

/** The digests of the logos of some apps, by the apps' SIDs; an app without a logo has none. */
export async function fetchLogoDigests(
  db: Db,
  connect_app_sids: readonly string[],
): Promise<ReadonlyMap<string, string>> {
  if (connect_app_sids.length === 0) return new Map();
  const rows = await logos(db)
    .where('logo.connect_app_sid', 'in', connect_app_sids)
    .select(['logo.connect_app_sid', 'logo.sha256'])
    .execute();
  return new Map(rows.map((row) => [row.connect_app_sid, row.sha256]));
}
