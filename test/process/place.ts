import type { Engine } from '../../src/db/database.ts';
import { emptyPostgresDatabase } from '../support/test-database.ts';

/** Somewhere new for data, gone at the end of its scope. */
export interface Place extends AsyncDisposable {
  /** What `--data` or `DATABASE_URL` is to be. */
  readonly data: string;
}

/** On SQLite a folder of this name, in the folder that the process runs in. */
export async function newPlace(engine: Engine, name: string): Promise<Place> {
  if (engine === 'sqlite') return { data: name, [Symbol.asyncDispose]: async () => {} };
  const database = await emptyPostgresDatabase();
  return {
    data: database.location.engine === 'postgres' ? database.location.url : '',
    [Symbol.asyncDispose]: () => database.drop(),
  };
}
