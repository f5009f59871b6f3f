import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The numbers that the operator has imported, and the carrier of each held one. */
export const stockOfNumbers: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('stock_numbers')
      .addColumn('phone_number', 'text', (column) => column.primaryKey())
      .addColumn('iso_country', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('capabilities', 'text', (column) => column.notNull())
      .addColumn('carrier', 'text', (column) => column.notNull())
      .addColumn('price_micro', 'bigint')
      .addColumn('date_free', 'bigint', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('stock_numbers_by_country')
      .on('stock_numbers')
      .columns(['iso_country', 'type', 'phone_number'])
      .execute();
    for (const column of ['carrier', 'capabilities']) {
      await db.schema.alterTable('incoming_phone_numbers').addColumn(column, 'text').execute();
    }
  },
};
