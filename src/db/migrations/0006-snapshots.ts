import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Snapshots: worlds that a development database keeps under a name. */
export const snapshots: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('snapshots')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('schema', 'text', (column) => column.notNull())
      .addColumn('rows', 'integer', (column) => column.notNull())
      .addColumn('bytes', 'integer', (column) => column.notNull())
      .addColumn('content', 'text', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .execute();
  },
};
