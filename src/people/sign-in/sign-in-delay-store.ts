import type { Db, Engine, Tx } from '../../db/database.ts';
import type { Failures } from './sign-in-delay.ts';

/**
 * Reads the counts of some keys, makes missing ones, and locks them until the transaction ends.
 * Attempts with the same keys are then counted one after the other, by all processes.
 */
export async function lockFailures(
  tx: Tx,
  engine: Engine,
  keys: readonly string[],
  now: number,
): Promise<Failures[]> {
  const begun = keys.map((key) => ({ key, failures: 0, date_next: 0, date_updated: now }));
  await tx
    .insertInto('sign_in_failures')
    .values(begun)
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  return tx
    .selectFrom('sign_in_failures')
    .selectAll()
    .where('key', 'in', keys)
    .orderBy('key')
    .$if(engine === 'postgres', (query) => query.forUpdate())
    .execute();
}

/** Reads the counts of some keys without a lock. */
export async function readFailures(db: Db, keys: readonly string[]): Promise<Failures[]> {
  return db.selectFrom('sign_in_failures').selectAll().where('key', 'in', keys).execute();
}

export async function writeFailures(tx: Tx, { key, ...counted }: Failures): Promise<void> {
  await tx.updateTable('sign_in_failures').set(counted).where('key', '=', key).execute();
}

export async function deleteFailures(tx: Tx, key: string): Promise<void> {
  await tx.deleteFrom('sign_in_failures').where('key', '=', key).execute();
}

/** Deletes the counts without a failure since `date`. */
export async function deleteFailuresBefore(tx: Tx, date: number): Promise<void> {
  await tx.deleteFrom('sign_in_failures').where('date_updated', '<', date).execute();
}
