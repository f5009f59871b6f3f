import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The ids that carriers gave to the parts of messages. */
export const carrierRefs: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('carrier_refs')
      .addColumn('message_sid', 'text', (column) => column.notNull())
      .addColumn('part', 'integer', (column) => column.notNull())
      .addColumn('parts', 'integer', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('carrier', 'text', (column) => column.notNull())
      .addColumn('ref', 'text', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('carrier_refs_key', ['message_sid', 'part', 'root_sid'])
      .execute();
    await db.schema
      .createIndex('carrier_refs_by_ref')
      .on('carrier_refs')
      .columns(['carrier', 'ref', 'date_created'])
      .execute();
  },
};
