import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The legs of calls over a wire, and the processes that hold them. */
export const legs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('legs')
      .addColumn('call_sid', 'text', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('carrier', 'text', (column) => column.notNull())
      .addColumn('owner', 'text', (column) => column.notNull())
      .addColumn('answered_at', 'bigint')
      .addColumn('dialog', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('legs_key', ['call_sid', 'root_sid'])
      .execute();
    await db.schema.createIndex('legs_by_owner').on('legs').columns(['owner']).execute();
    await db.schema
      .createTable('leg_owners')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('date_seen', 'bigint', (column) => column.notNull())
      .execute();
  },
};
