import { sql } from 'kysely';
import type { Db } from '../../src/db/database.ts';
import type { Tables } from '../../src/db/tables/tables.ts';

/** Tables whose rows have the main account of another row, by the column that names that row. */
const BY_PARENT: Partial<Record<keyof Tables, readonly [parent: keyof Tables, column: string]>> = {
  interactions: ['connect_apps', 'connect_app_sid'],
  connect_app_logos: ['connect_apps', 'connect_app_sid'],
  grant_uses: ['grants', 'grant_sid'],
  delivery_attempts: ['deliveries', 'delivery_sid'],
};

/**
 * The rows of tables that do not name the main account of their account, or of the row that they
 * belong to. The platform's own events have the empty account and the empty main account.
 * @returns the tables with such rows, with their number
 */
export async function findWrongRoots(db: Db): Promise<{ table: string; wrong: number }[]> {
  const counts = (await tablesWithRoot(db)).map((name) => {
    const table = sql.table(name);
    const [parent, column] = BY_PARENT[name] ?? [];
    const root =
      parent === undefined || column === undefined
        ? sql`coalesce((select owner_account_sid from accounts where sid = ${table}.account_sid),
            case ${table}.account_sid when '' then '' end)`
        : sql`(select root_sid from ${sql.table(parent)} as parent
            where parent.sid = ${table}.${sql.ref(column)})`;
    return sql`select ${sql.lit(name)} as "table", count(*) as wrong from ${table}
      where root_sid <> coalesce(${root}, 'no account')`;
  });
  const all = sql<{ table: string; wrong: number }>`${sql.join(counts, sql` union all `)}`;
  const { rows } = await all.execute(db);
  return rows.filter(({ wrong }) => wrong > 0);
}

/** The tables with rows of an account. */
export async function tablesWithRoot(db: Db): Promise<(keyof Tables)[]> {
  const tables = await db.introspection.getTables();
  return tables
    .filter(({ columns }) => columns.some(({ name }) => name === 'root_sid'))
    .map(({ name }) => name as keyof Tables);
}
