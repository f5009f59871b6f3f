import { type DatabaseConnection, Kysely, type KyselyProps } from 'kysely';
import type { Db } from '../database.ts';
import type { Tables } from '../tables/tables.ts';

/** Gives a connection to a function while it runs. */
type Provide = <T>(use: (connection: DatabaseConnection) => Promise<T>) => Promise<T>;

/** Only transactions and the end of a database ask for these parts. */
const NONE = {};

/** The same database over connections of another source. It is for queries, without transactions. */
export function overConnections(db: Db, provideConnection: Provide): Db {
  const executor = db.getExecutor().withConnectionProvider({ provideConnection });
  // The names of tables and columns are the same over any connection.
  const dialect = { createIntrospector: () => db.introspection };
  const unused = { config: { dialect: NONE }, driver: NONE };
  return new Kysely<Tables>({ ...unused, dialect, executor } as unknown as KyselyProps);
}
