import type { Tx } from './database.ts';
import type { ScopeConnection } from './deed-scope.ts';
import { PostgresConnection } from './postgres/postgres-driver.ts';
import { sqliteConnectionOf } from './sqlite.ts';

/** The connection that a transaction has to itself. */
export function connectionOf(tx: Tx): Promise<ScopeConnection> {
  return tx.getExecutor().provideConnection<ScopeConnection>((connection) => {
    if (connection instanceof PostgresConnection) return Promise.resolve(connection);
    return Promise.resolve(sqliteConnectionOf(tx));
  });
}
