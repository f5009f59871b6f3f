import type { Insertable } from 'kysely';
import type { Db, Tx } from '../../db/database.ts';
import type { Tables } from '../../db/tables/tables.ts';

/** Whether a person signed in from a network after `since`. */
export async function isKnownNetwork(
  db: Db,
  person_sid: string,
  network: string,
  since: number,
): Promise<boolean> {
  const found = await db
    .selectFrom('known_networks')
    .select('date_seen')
    .where('person_sid', '=', person_sid)
    .where('network', '=', network)
    .where('date_seen', '>', since)
    .executeTakeFirst();
  return found !== undefined;
}

export async function writeKnownNetwork(
  tx: Tx,
  known: Insertable<Tables['known_networks']>,
): Promise<void> {
  const { date_seen } = known;
  await tx
    .insertInto('known_networks')
    .values(known)
    .onConflict((conflict) =>
      conflict.columns(['person_sid', 'network']).doUpdateSet({ date_seen }),
    )
    .execute();
}

/** Deletes a person's networks, except the newest ones. */
export async function keepNetworks(tx: Tx, person_sid: string, max: number): Promise<void> {
  const known = await tx
    .selectFrom('known_networks')
    .select('network')
    .where('person_sid', '=', person_sid)
    .orderBy('date_seen', 'desc')
    .orderBy('network')
    .execute();
  const over = known.slice(max).map(({ network }) => network);
  if (over.length === 0) return;
  await tx
    .deleteFrom('known_networks')
    .where('person_sid', '=', person_sid)
    .where('network', 'in', over)
    .execute();
}

/** Deletes the networks without a sign-in since `date`. */
export async function deleteNetworksBefore(tx: Tx, date: number): Promise<void> {
  await tx.deleteFrom('known_networks').where('date_seen', '<', date).execute();
}
