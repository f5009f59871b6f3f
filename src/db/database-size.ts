import { stat } from 'node:fs/promises';
import { sql } from 'kysely';
import { type DataLocation, databaseFile } from '../config.ts';
import type { Db } from './database.ts';

/**
 * The size of the data in bytes: of a file and its write-ahead log, of a server's database, or of
 * memory.
 */
export async function databaseSizeOf(location: DataLocation, db: Db): Promise<number> {
  if (location.engine === 'sqlite') {
    const file = databaseFile(location.folder);
    const sizes = await Promise.all([file, `${file}-wal`].map(sizeOfFile));
    return sizes.reduce((sum, size) => sum + size, 0);
  }
  const query =
    location.engine === 'postgres'
      ? sql<{ bytes: number }>`select pg_database_size(current_database()) as bytes`
      : sql<{ bytes: number }>`select page_count * page_size as bytes
          from pragma_page_count, pragma_page_size`;
  const { rows } = await query.execute(db);
  return rows[0]?.bytes ?? 0;
}

function sizeOfFile(file: string): Promise<number> {
  return stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}
