import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The seconds of a call that its account has paid ahead, and their price. */
export const paidAhead: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('legs').addColumn('paid_seconds', 'integer').execute();
    await db.schema.alterTable('legs').addColumn('reserved_micro', 'bigint').execute();
  },
};
