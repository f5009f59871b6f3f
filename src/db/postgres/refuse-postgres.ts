import { type Kysely, sql } from 'kysely';
import { ConfigError, type DataLocation } from '../../config.ts';
import { ALL_TABLES } from '../tables/all-tables.ts';
import type { Tables } from '../tables/tables.ts';
import type { FoundServer } from './postgres-way.ts';

export type PostgresLocation = Extract<DataLocation, { readonly engine: 'postgres' }>;

/** The server and database of a URL, without the user and password. */
export function hostOf(url: string): string {
  const { host, pathname } = new URL(url);
  return `${host}${pathname}`;
}

/** @throws ConfigError for a server that takes no writes. */
export function refuseReadOnlyServer(
  { is_readonly }: FoundServer,
  { url }: PostgresLocation,
): void {
  if (is_readonly === 'standby') {
    throw new ConfigError(
      `The database at ${hostOf(url)} is a standby, which takes no writes: ` +
        'name the primary in the URL, or promote this server.',
    );
  }
  if (is_readonly === 'setting') {
    throw new ConfigError(
      `The database at ${hostOf(url)} takes no writes from this user, because ` +
        'default_transaction_read_only is on: turn it off for the user, the database or the server.',
    );
  }
}

/**
 * Checks the rights before anything is written, so that no request meets the first missing one.
 * @throws ConfigError for a user who may not read and, unless `readonly`, change all tables
 */
export async function refuseMissingRights(
  db: Kysely<Tables>,
  { url }: PostgresLocation,
  { readonly }: { readonly readonly: boolean },
): Promise<void> {
  const rights = readonly ? ['select'] : ['select', 'insert', 'update', 'delete'];
  const all = rights.map((right) => sql`has_table_privilege(to_regclass(name)::oid, ${right})`);
  const { rows } = await sql<{ name: string; user: string }>`
    select name, current_user as user
    from unnest(${Object.keys(ALL_TABLES)}::text[]) as name
    where (${sql.join(all, sql` and `)}) is not true
    order by name`.execute(db);
  const [first] = rows;
  if (!first) return;
  const others = rows.length > 1 ? ` and ${rows.length - 1} others` : '';
  throw new ConfigError(
    `The user "${first.user}" may not ${readonly ? 'read' : 'change'} the rows of "${first.name}"${others} ` +
      `in ${hostOf(url)}: grant it ${rights.join(', ').toUpperCase()} on all tables, ` +
      'or name another user in the URL.',
  );
}

/** Whether the user lacks a right (`insufficient_privilege`). */
export function isForbidden(error: unknown): error is Error {
  return error instanceof Error && (error as { code?: unknown }).code === '42501';
}

/** The refusal for a user who may connect, and may not read or make the schema. */
export function lacksRights({ url }: PostgresLocation, { message }: Error): ConfigError {
  return new ConfigError(
    `The user of the database at ${hostOf(url)} lacks a right (${message}): run "tieline migrate" ` +
      'as the owner of the database, and grant this user SELECT, INSERT, UPDATE, DELETE on all tables.',
  );
}
