import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The log of security events, and the networks that credentials were used from. */
export const securityEvents: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('security_events')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('person_sid', 'text')
      .addColumn('account_sid', 'text')
      .addColumn('address', 'text')
      .addColumn('detail', 'text', (column) => column.notNull())
      .execute();
    for (const column of ['person_sid', 'account_sid', 'kind']) {
      await db.schema
        .createIndex(`security_events_by_${column}`)
        .on('security_events')
        .columns([column, 'date_created', 'sid'])
        .execute();
    }
    await db.schema
      .createIndex('security_events_by_date_created')
      .on('security_events')
      .columns(['date_created', 'sid'])
      .execute();
    await db.schema
      .createTable('credential_places')
      .addColumn('credential_sid', 'text', (column) => column.notNull())
      .addColumn('network', 'text', (column) => column.notNull())
      .addColumn('date_seen', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('credential_places_key', ['credential_sid', 'network'])
      .execute();
    await db.schema
      .createIndex('credential_places_by_date_seen')
      .on('credential_places')
      .column('date_seen')
      .execute();
  },
};
