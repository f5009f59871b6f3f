import { createHash } from 'node:crypto';
import type { Kysely } from 'kysely';
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
  const db = app.database.db as unknown as Kysely<Record<string, Record<string, unknown>>>;
  const hash = createHash('sha256');
  for (const table of TABLE_NAMES.filter((name) => !NOTES.has(name))) {
    let query = db.selectFrom(table).selectAll();
    if (table === 'security_events') query = query.where('kind', '!=', REFUSED_CREDENTIALS);
    for (const column of ALL_TABLES[table]) query = query.orderBy(column);
    hash.update(JSON.stringify([table, await query.execute()]));
  }
  return hash.digest('hex');
}
