import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const SEALED_TABLES = [
  'auth_tokens',
  'test_credentials',
  'second_factors',
  'call_sip_passwords',
  'idempotency_keys',
];

/** The database names the key that seals, and knows the keys of each live process. */
export const sealing: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('sealing')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('key_id', 'text', (column) => column.notNull())
      .addColumn('origin', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('processes')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('host', 'text', (column) => column.notNull())
      .addColumn('pid', 'integer', (column) => column.notNull())
      .addColumn('key_ids', 'text', (column) => column.notNull())
      .addColumn('date_seen', 'bigint', (column) => column.notNull())
      .execute();
    for (const table of SEALED_TABLES) {
      await db.schema
        .createIndex(`${table}_by_sealed_with`)
        .on(table)
        .column('sealed_with')
        .execute();
    }
  },
};
