import { sql } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import type { CredentialPlacesTable } from '../db/tables/security-tables.ts';
import type { EpochMs } from '../kit/utc.ts';

/** The networks that a credential was used from since a time. */
export async function listPlaces(
  db: Db,
  credential_sid: string,
  since: EpochMs,
): Promise<string[]> {
  const rows = await db
    .selectFrom('credential_places')
    .select('network')
    .where('credential_sid', '=', credential_sid)
    .where('date_seen', '>=', since)
    .execute();
  return rows.map(({ network }) => network);
}

export async function upsertPlace(tx: Tx, place: CredentialPlacesTable): Promise<void> {
  const { date_seen } = place;
  await tx
    .insertInto('credential_places')
    .values(place)
    .onConflict((conflict) =>
      conflict.columns(['credential_sid', 'network']).doUpdateSet({ date_seen }),
    )
    .execute();
}

/** Deletes all but the newest networks of a credential. */
export async function trimPlaces(tx: Tx, credential_sid: string, kept: number): Promise<void> {
  await tx
    .deleteFrom('credential_places')
    .where('credential_sid', '=', credential_sid)
    .where('network', 'not in', (query) =>
      query
        .selectFrom('credential_places')
        .select('network')
        .where('credential_sid', '=', credential_sid)
        .orderBy('date_seen', 'desc')
        .orderBy('network')
        .limit(kept),
    )
    .execute();
}

/** Deletes some of the places last seen before a time. @returns their number */
export async function deletePlacesBefore(tx: Tx, before: EpochMs, limit: number): Promise<number> {
  const { numDeletedRows } = await tx
    .deleteFrom('credential_places')
    .where((eb) =>
      eb(
        eb.refTuple('credential_sid', 'network'),
        'in',
        eb
          .selectFrom('credential_places')
          .select(['credential_sid', 'network'])
          .where('date_seen', '<', before)
          .orderBy('date_seen')
          .limit(sql.lit(limit))
          .$asTuple('credential_sid', 'network'),
      ),
    )
    .executeTakeFirstOrThrow();
  return Number(numDeletedRows);
}
