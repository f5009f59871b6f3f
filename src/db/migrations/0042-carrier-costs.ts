import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The price of the carrier for a message. */
export const carrierCosts: Migration = {
  async up(db: Kysely<unknown>) {
    const table = db.schema.alterTable('messages');
    await table.addColumn('carrier_cost_micro', 'bigint').execute();
    await table.addColumn('carrier_cost_currency', 'text').execute();
  },
};
