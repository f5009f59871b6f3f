import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The limits of an account's traffic, and the countries and the end of a grant. */
export const limitsOnTraffic: Migration = {
  async up(db: Kysely<unknown>) {
    for (const column of ['max_messages_per_second', 'max_calls_per_second', 'max_calls_at_once']) {
      await db.schema.alterTable('accounts').addColumn(column, 'integer').execute();
    }
    await db.schema.alterTable('accounts').addColumn('countries', 'text').execute();
    await db.schema.alterTable('grants').addColumn('countries', 'text').execute();
    await db.schema.alterTable('grants').addColumn('date_ends', 'bigint').execute();
  },
};
