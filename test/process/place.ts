import type { Engine } from '../../src/db/database.ts';
import { emptyPostgresDatabase } from '../support/test-database.ts';

/** A new place for data. The end of its scope removes it. */
export interface Place extends AsyncDisposable {
  /** The value for `--data` or `DATABASE_URL`. */
  readonly data: string;
}

/** Makes a place. On SQLite it is a folder of this name in the process's folder. */
export async function newPlace(engine: Engine, name: string): Promise<Place> {
  if (engine === 'sqlite') return { data: name, [Symbol.asyncDispose]: async () => {} };
  const database = await emptyPostgresDatabase();
  return {
    data: database.location.engine === 'postgres' ? database.location.url : '',
    [Symbol.asyncDispose]: () => database.drop(),
  };
}
