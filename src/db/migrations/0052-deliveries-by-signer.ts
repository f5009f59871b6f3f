import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** An index for the list of the webhooks that an account signed, newest first. */
export const deliveriesBySigner: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createIndex('deliveries_by_signer')
      .ifNotExists()
      .on('deliveries')
      .columns(['signing_account_sid', 'date_created', 'sid'])
      .execute();
  },
};
