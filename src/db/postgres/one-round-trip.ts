import type { Db } from '../database.ts';
import { overConnections } from './over-connections.ts';
import { PostgresConnection } from './postgres-driver.ts';

/**
 * Sends queries to PostgreSQL together: over one connection, in one write to its socket. The server
 * answers them in their order, each as a transaction of its own.
 *
 * @param ask sends queries over the given database. Those that it sends later go out by themselves.
 * @returns what `ask` returns, when the queries are answered
 */
export function inOneRoundTrip<T>(db: Db, ask: (together: Db) => T): Promise<T> {
  const executor = db.getExecutor();
  return executor.provideConnection(async (connection) => {
    if (!(connection instanceof PostgresConnection)) throw new TypeError('not PostgreSQL');
    const answers: Promise<unknown>[] = [];
    let isAsking = true;
    // Over a connection of Kysely's own builder, each query would wait for the one before.
    const together = overConnections(db, (use) => {
      if (!isAsking) return executor.provideConnection(use);
      const answer = use(connection);
      answers.push(answer);
      return answer;
    });
    const asked = connection.inOneWrite(() => ask(together));
    isAsking = false;
    await Promise.allSettled(answers);
    return asked;
  });
}

/** A promise of rows that may turn out not to be needed. Only those who wait for it see its failure. */
export function forLater<T>(rows: Promise<T>): Promise<T> {
  rows.catch(() => {});
  return rows;
}
