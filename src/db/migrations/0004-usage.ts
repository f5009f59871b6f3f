import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The ledger of usage, and its sums. */
export const usage: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('usage_events')
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('category', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('usage_micro', 'bigint', (column) => column.notNull())
      .addColumn('price_micro', 'bigint', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_events_key', ['root_sid', 'account_sid', 'key'])
      .execute();

    await db.schema
      .createTable('usage_counters')
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('period', 'text', (column) => column.notNull())
      .addColumn('start', 'integer', (column) => column.notNull())
      .addColumn('category', 'text', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('usage_micro', 'bigint', (column) => column.notNull())
      .addColumn('price_micro', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_counters_key', [
        'root_sid',
        'account_sid',
        'scope',
        'period',
        'start',
        'category',
      ])
      .execute();
  },
};
