import type { Engine } from '../../src/db/database.ts';
import { emptyPostgresDatabase, freshDatabase } from '../support/test-database.ts';

/** A new place for data. The end of its scope removes it. */
export interface Place extends AsyncDisposable {
  /** The value for `--data` or `DATABASE_URL`. */
  readonly data: string;
}

/**
 * Makes a place. On SQLite it is a folder of this name in the process's folder. On PostgreSQL it is
 * a database with the schema, so that the first process need not run all migrations.
 */
export function newPlace(engine: Engine, name: string): Promise<Place> {
  return placeOf(engine, name, () => freshDatabase(engine));
}

/** The same without a schema, for tests of the command that makes it. */
export function emptyPlace(engine: Engine, name: string): Promise<Place> {
  return placeOf(engine, name, emptyPostgresDatabase);
}

async function placeOf(
  engine: Engine,
  name: string,
  make: typeof emptyPostgresDatabase,
): Promise<Place> {
  if (engine === 'sqlite') return { data: name, [Symbol.asyncDispose]: async () => {} };
  const database = await make();
  return {
    data: database.location.engine === 'postgres' ? database.location.url : '',
    [Symbol.asyncDispose]: () => database.drop(),
  };
}
