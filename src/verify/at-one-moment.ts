import type { Database, Db } from '../db/database.ts';

/**
 * Reads in one transaction that sees one state of the data throughout. It writes nothing and blocks
 * no writer.
 */
export function atOneMoment<T>({ db, engine }: Database, work: (db: Db) => Promise<T>): Promise<T> {
  const transaction = db.transaction();
  const isolated =
    engine === 'postgres'
      ? transaction.setIsolationLevel('repeatable read').setAccessMode('read only')
      : transaction;
  return isolated.execute(work);
}
