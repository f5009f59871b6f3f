import { createHash } from 'node:crypto';
import { type Kysely, sql } from 'kysely';
import type { App } from '../../src/app.ts';
import { ALL_TABLES, TABLE_NAMES } from '../../src/db/tables/all-tables.ts';

/**
 * Tables that change without a write of a client. Reads, too, note the last use of a grant and the
 * network of a credential. Each process registers its own name.
 */
const NOTES: ReadonlySet<string> = new Set(['grant_uses', 'credential_places', 'processes']);

/**
 * A request with wrong credentials leaves this event and nothing else; other events are changes.
 */
export const REFUSED_CREDENTIALS = 'credentials.refused';

/** A digest of all stored data. Two equal digests mean that nothing changed. */
export async function digestOfData(app: App): Promise<string> {
  const names = TABLE_NAMES.filter((name) => !NOTES.has(name));
  const hash = createHash('sha256');
  if (app.database.engine === 'postgres') {
    const digests = await digestsInPostgres(app, names);
    const inOrder = names.map((name) => [name, digests.get(name)]);
    return hash.update(JSON.stringify(inOrder)).digest('hex');
  }
  const db = app.database.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
  for (const table of names) {
    let query = db.selectFrom(table).selectAll();
    if (table === 'security_events') query = query.where('kind', '!=', REFUSED_CREDENTIALS);
    for (const column of ALL_TABLES[table]) query = query.orderBy(column);
    hash.update(JSON.stringify([table, await query.execute()]));
  }
  return hash.digest('hex');
}

/**
 * A digest of each table by one statement: PostgreSQL is asked once rather than for each table, and
 * sends no rows. SQLite reads in this process, and has no use for it.
 */
export async function digestsInPostgres(
  { database }: App,
  names: readonly string[],
): Promise<Map<string, string>> {
  const digests = names.map((name) => {
    const rows =
      name === 'security_events'
        ? sql`where t.kind <> ${sql.lit(REFUSED_CREDENTIALS)}`
        : sql.raw('');
    return sql`select ${sql.lit(name)} as name, (
      select coalesce(md5(string_agg(t::text, '\n' order by t::text)), '')
      from ${sql.table(name)} t ${rows}
    ) as digest`;
  });
  const all = sql<{ name: string; digest: string }>`${sql.join(digests, sql` union all `)}`;
  const { rows } = await all.execute(database.db);
  return new Map(rows.map(({ name, digest }) => [name, digest]));
}
