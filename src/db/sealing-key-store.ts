import type { Selectable } from 'kysely';
import type { Db, Tx } from './open-database.ts';
import type { Tables } from './tables.ts';

type SealingKey = Selectable<Tables['sealing_keys']>;

/** The keys that have sealed something in this database. */
export async function listSealingKeys(db: Db): Promise<SealingKey[]> {
  return db.selectFrom('sealing_keys').selectAll().orderBy('id').execute();
}

/** Two processes may start at once with a new key; either one's canary serves. */
export async function insertSealingKey(tx: Tx, key: SealingKey): Promise<void> {
  await tx
    .insertInto('sealing_keys')
    .values(key)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
}

export async function retireSealingKey(tx: Tx, id: string): Promise<void> {
  await tx.deleteFrom('sealing_keys').where('id', '=', id).execute();
}
