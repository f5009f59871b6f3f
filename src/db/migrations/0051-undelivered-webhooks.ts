import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Deliveries that failed. Queries must say it in the same words. */
const UNDELIVERED =
  "(state = 'dead' or (date_next is not null and (tries > 1 or (tries = 1 and state = 'pending'))))";

/**
 * The failed deliveries of a main account, and those of an app. The overview and the page of
 * webhooks read both without looking at the delivered ones.
 */
export const undeliveredWebhooks: Migration = {
  async up(db: Kysely<unknown>) {
    for (const index of [
      `deliveries_undelivered on deliveries (root_sid, sid) where connect_app_sid is null and ${UNDELIVERED}`,
      `deliveries_undelivered_by_app on deliveries (connect_app_sid, sid) where connect_app_sid is not null and ${UNDELIVERED}`,
    ]) {
      await sql.raw(`create index if not exists ${index}`).execute(db);
    }
  },
};
