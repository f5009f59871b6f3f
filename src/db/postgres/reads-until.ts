import type { Db } from '../database.ts';
import { overConnections } from './over-connections.ts';
import { PostgresConnection } from './postgres-driver.ts';

/**
 * A database for the reads of one request. When the signal is given, because the client has gone, the
 * query under way ends and no further one begins. Each then fails with the reason of the signal.
 *
 * PostgreSQL is asked to cancel its query. SQLite runs a query in this thread, where nothing can be
 * heard meanwhile, so long reads are made of short queries.
 */
export function readsUntil(db: Db, signal: AbortSignal): Db {
  const executor = db.getExecutor();
  return overConnections(db, async (use) => {
    signal.throwIfAborted();
    return await executor.provideConnection(async (connection) => {
      signal.throwIfAborted();
      if (!(connection instanceof PostgresConnection)) return await use(connection);
      return await connection.until(signal, () => use(connection));
    });
  });
}
