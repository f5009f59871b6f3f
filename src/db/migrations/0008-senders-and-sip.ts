import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Messaging services, and the passwords of calls to SIP addresses. */
export const sendersAndSip: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('messaging_services')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('phone_numbers', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('messaging_services_by_account')
      .on('messaging_services')
      .columns(['account_sid', 'date_created', 'sid'])
      .execute();
    await db.schema
      .createTable('call_sip_passwords')
      .addColumn('call_sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('sealed_with', 'text', (column) => column.notNull())
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .execute();
  },
};
