import { type Selectable, sql } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import { prepared } from './prepared.ts';
import type { Tables } from './tables/tables.ts';

type SealingKey = Selectable<Tables['sealing_keys']>;
/** The name of the key that seals, and the sealed origin of derived keys. */
export type Sealing = Pick<Selectable<Tables['sealing']>, 'key_id' | 'origin'>;

const NAME = 'sealing';
/** The number of the advisory lock for sealing. Nothing else uses this number. */
const LOCK = 7_453_001;

/** The keys that seal rows of this database, or that a process holds. */
export async function listSealingKeys(db: Db): Promise<SealingKey[]> {
  return db.selectFrom('sealing_keys').selectAll().orderBy('id').execute();
}

export async function writeSealingKey(tx: Tx, { id, canary }: SealingKey): Promise<void> {
  await tx
    .insertInto('sealing_keys')
    .values({ id, canary })
    .onConflict((conflict) => conflict.column('id').doUpdateSet({ canary }))
    .execute();
}

export async function deleteSealingKeys(tx: Tx, ids: readonly string[]): Promise<void> {
  if (ids.length > 0) await tx.deleteFrom('sealing_keys').where('id', 'in', ids).execute();
}

/** Undefined until a process opens the database for the first time after it got this table. */
export async function fetchSealing(db: Db): Promise<Sealing | undefined> {
  return (await fetchPrepared(db, {}))[0];
}

const fetchPrepared = prepared((db) =>
  db.selectFrom('sealing').select(['key_id', 'origin']).where('name', '=', NAME),
);

export async function writeSealing(tx: Tx, sealing: Sealing): Promise<void> {
  await tx
    .insertInto('sealing')
    .values({ name: NAME, ...sealing })
    .onConflict((conflict) => conflict.column('name').doUpdateSet(sealing))
    .execute();
}

/**
 * Waits for transactions that seal, and keeps others from sealing until this transaction ends.
 * SQLite has one writer and needs no lock.
 */
export async function lockSealing(tx: Db, engine: Engine): Promise<void> {
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock(${LOCK})`.execute(tx);
}

/**
 * Reads which key seals, and keeps it in use until this transaction ends. Advisory locks are
 * granted in the order of the requests, so many transactions that seal do not keep `lockSealing`
 * waiting.
 */
export async function holdSealing(tx: Tx, engine: Engine): Promise<Sealing> {
  if (engine === 'postgres') await sql`select pg_advisory_xact_lock_shared(${LOCK})`.execute(tx);
  const sealing = await fetchSealing(tx);
  if (!sealing) throw new Error('the database names no key that seals');
  return sealing;
}
