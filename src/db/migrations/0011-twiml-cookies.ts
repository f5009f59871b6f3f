import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The cookies that applications set during a call or a conversation by messages. */
export const twimlCookies: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('twiml_cookies')
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('conversation', 'text', (column) => column.notNull())
      .addColumn('url_by_grant', 'text', (column) => column.notNull())
      .addColumn('jar', 'text', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .addColumn('date_expires', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('twiml_cookies_key', ['account_sid', 'conversation', 'url_by_grant'])
      .execute();
    await db.schema
      .createIndex('twiml_cookies_by_date_expires')
      .on('twiml_cookies')
      .column('date_expires')
      .execute();
    await db.schema
      .createIndex('twiml_cookies_by_date_updated')
      .on('twiml_cookies')
      .columns(['account_sid', 'date_updated'])
      .execute();
  },
};
