import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The app that gave each URL of a trunk. Existing URLs of an app's trunk count as the app's. */
export const trunkUrls: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .alterTable('byoc_trunks')
      .addColumn('url_grants', 'text', (column) => column.notNull().defaultTo('{}'))
      .execute();
    await sql`update byoc_trunks set url_grants = '{"voice_url":"' || created_by_grant
      || '","voice_fallback_url":"' || created_by_grant
      || '","status_callback_url":"' || created_by_grant || '"}'
      where created_by_grant is not null`.execute(db);
  },
};
