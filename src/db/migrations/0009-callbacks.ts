import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The address that the link behind a Connect button carries as `cb`. */
export const callbacks: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('interactions').addColumn('extra_query', 'text').execute();
    await db.schema.alterTable('interactions').addColumn('ignored_cb', 'text').execute();
    await db.schema
      .createIndex('interactions_ignored_cb')
      .on('interactions')
      .columns(['connect_app_sid', 'date_created'])
      .where(sql.ref('ignored_cb'), 'is not', null)
      .execute();
  },
};
