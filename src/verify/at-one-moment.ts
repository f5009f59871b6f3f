import type { Database, Db } from '../db/database.ts';

/**
 * Reads within one transaction that sees one state of the data from beginning to end. It writes
 * nothing and locks nobody out.
 */
export function atOneMoment<T>({ db, engine }: Database, work: (db: Db) => Promise<T>): Promise<T> {
  const transaction = db.transaction();
  const isolated =
    engine === 'postgres'
      ? transaction.setIsolationLevel('repeatable read').setAccessMode('read only')
      : transaction;
  return isolated.execute(work);
}
