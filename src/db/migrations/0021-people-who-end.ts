import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Disabled people, the networks that people signed in from, and salts of recovery codes. */
export const peopleWhoEnd: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('people').addColumn('date_disabled', 'bigint').execute();
    await db.schema
      .alterTable('recovery_codes')
      .addColumn('salt', 'text', (column) => column.notNull().defaultTo(''))
      .execute();
    await db.schema
      .createTable('known_networks')
      .addColumn('person_sid', 'text', (column) => column.notNull().references('people.sid'))
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('date_seen', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('known_networks_key', ['person_sid', 'network'])
      .execute();
    await db.schema
      .createIndex('known_networks_by_date_seen')
      .on('known_networks')
      .column('date_seen')
      .execute();
  },
};
