import { type Kysely, type Selectable, sql } from 'kysely';
import type { Db, Engine, Tx } from './database.ts';
import { ALL_TABLES } from './tables/all-tables.ts';
import type { Tables } from './tables/tables.ts';

/** Every table with sealed values: `sealed` holds the value, `sealed_with` the name of its key. */
export const SEALED_TABLES = [
  'auth_tokens',
  'test_credentials',
  'second_factors',
  'call_sip_passwords',
  'idempotency_keys',
] as const;

export type SealedTable = (typeof SEALED_TABLES)[number];
export type SealedRow<T extends SealedTable> = Selectable<Tables[T]> & { readonly sealed: string };

type AnySealed = Kysely<Record<string, { sealed: string | null; sealed_with: string | null }>>;

/** The names of the keys that some row needs. It reads one index entry for each key. */
export async function listKeysInUse(db: Db): Promise<string[]> {
  const found: string[] = [];
  for (let last = ''; ; ) {
    const least = SEALED_TABLES.map(
      (table) =>
        sql`select min(sealed_with) as key_id from ${sql.table(table)} where sealed_with > ${last}`,
    );
    const { rows } = await sql<{ key_id: string | null }>`
      select min(key_id) as key_id from (${sql.join(least, sql` union all `)}) as least
    `.execute(db);
    const key_id = rows[0]?.key_id ?? null;
    if (key_id === null) return found;
    found.push(key_id);
    last = key_id;
  }
}

export interface SealedCount {
  readonly table: SealedTable;
  readonly key_id: string;
  readonly rows: number;
}

/** Counts the rows of each table that each key seals. */
export async function countSealedRows(db: Db): Promise<SealedCount[]> {
  const counts: SealedCount[] = [];
  for (const table of SEALED_TABLES) {
    const found = await (db as unknown as AnySealed)
      .selectFrom(table as string)
      .select(({ fn }) => ['sealed_with', fn.countAll<number>().as('rows')])
      .where('sealed_with', 'is not', null)
      .groupBy('sealed_with')
      .orderBy('sealed_with')
      .execute();
    for (const { sealed_with, rows } of found) {
      counts.push({ table, key_id: sealed_with ?? '', rows });
    }
  }
  return counts;
}

/**
 * Selects and locks some rows that a key sealed, until the transaction ends. It skips rows that
 * another transaction has locked, so that neither waits for the other.
 */
export async function holdRowsSealedWith<T extends SealedTable>(
  tx: Tx,
  engine: Engine,
  { table, key_id, limit }: { readonly table: T; readonly key_id: string; readonly limit: number },
): Promise<SealedRow<T>[]> {
  const query = (tx as unknown as AnySealed)
    .selectFrom(table as string)
    .selectAll()
    .where('sealed_with', '=', key_id)
    .where('sealed', 'is not', null)
    .limit(limit);
  const held = engine === 'postgres' ? query.forUpdate().skipLocked() : query;
  return (await held.execute()) as unknown as SealedRow<T>[];
}

export async function updateSealedRow<T extends SealedTable>(
  tx: Tx,
  table: T,
  row: SealedRow<T>,
  anew: { readonly sealed: string; readonly sealed_with: string },
): Promise<void> {
  const key = ALL_TABLES[table].map((column) => [column, row[column as keyof typeof row]]);
  await (tx as unknown as AnySealed)
    .updateTable(table as string)
    .set(anew)
    .where((eb) => eb.and(Object.fromEntries(key)))
    .execute();
}
