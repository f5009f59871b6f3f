import type { Selectable } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import type { Tables } from './tables/tables.ts';
import { lockTables } from './whole/snapshot-rows.ts';

export type Snapshot = Selectable<Tables['snapshots']>;

/** A snapshot without its rows, for a list. */
export type SnapshotLine = Pick<Snapshot, 'name' | 'rows' | 'bytes' | 'date_created'>;

/** Every snapshot, in the order of the names. */
export async function listSnapshots(db: Db): Promise<SnapshotLine[]> {
  return db
    .selectFrom('snapshots')
    .select(['name', 'rows', 'bytes', 'date_created'])
    .orderBy('name')
    .execute();
}

export async function findSnapshot(db: Db, name: string): Promise<Snapshot | undefined> {
  return db.selectFrom('snapshots').selectAll().where('name', '=', name).executeTakeFirst();
}

/**
 * Counts the snapshots with another name. On PostgreSQL no other process can add one until the
 * transaction ends.
 */
export async function countOtherSnapshots(tx: Tx, engine: Engine, name: string): Promise<number> {
  if (engine === 'postgres') await lockTables(tx, ['snapshots']);
  const { count } = await tx
    .selectFrom('snapshots')
    .select((eb) => eb.fn.countAll<number>().as('count'))
    .where('name', '!=', name)
    .executeTakeFirstOrThrow();
  return count;
}

/** Stores a snapshot. It replaces one of the same name. */
export async function putSnapshot(tx: Tx, snapshot: Snapshot): Promise<void> {
  await tx
    .insertInto('snapshots')
    .values(snapshot)
    .onConflict((conflict) => conflict.column('name').doUpdateSet(snapshot))
    .execute();
}

/** @returns whether there was one of this name. */
export async function deleteSnapshot(tx: Tx, name: string): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('snapshots')
    .where('name', '=', name)
    .executeTakeFirstOrThrow();
  return numDeletedRows > 0n;
}
