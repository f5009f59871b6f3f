import { type Kysely, PostgresAdapter, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The ledger of usage, and its sums. */
export const usage: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('usage_events')
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('category', 'text', (column) => column.notNull())
      .addColumn('at', 'bigint', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('usage_micro', 'bigint', (column) => column.notNull())
      .addColumn('price_micro', 'bigint', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('reason', 'text')
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_events_key', ['root_sid', 'account_sid', 'key'])
      .execute();

    await db.schema
      .createTable('usage_counters')
      .addColumn('root_sid', 'text', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('scope', 'text', (column) => column.notNull())
      .addColumn('period', 'text', (column) => column.notNull())
      .addColumn('start', 'integer', (column) => column.notNull())
      .addColumn('category', 'text', (column) => column.notNull())
      .addColumn('count', 'bigint', (column) => column.notNull())
      .addColumn('usage_micro', 'bigint', (column) => column.notNull())
      .addColumn('price_micro', 'bigint', (column) => column.notNull())
      .addColumn('next_count', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('next_usage', 'bigint', (column) => column.notNull().defaultTo(0))
      .addColumn('next_price', 'bigint', (column) => column.notNull().defaultTo(0))
      .addPrimaryKeyConstraint('usage_counters_key', [
        'root_sid',
        'account_sid',
        'scope',
        'period',
        'start',
        'category',
      ])
      .execute();
    await leaveRoom(db);

    await createTriggers(db);
    await createRates(db);
    await createIdempotencyKeys(db);
    await createCredits(db);
    await db.schema.alterTable('deliveries').addColumn('leased_until', 'bigint').execute();
  },
};

/**
 * Leaves room in the pages of these tables. PostgreSQL writes a new version of a row with every
 * change, and new index entries too unless the page has room. These rows change with every batch.
 */
async function leaveRoom(db: Kysely<unknown>): Promise<void> {
  if (!(db.getExecutor().adapter instanceof PostgresAdapter)) return;
  await sql`alter table usage_counters set (fillfactor = 50)`.execute(db);
  await sql`alter table accounts set (fillfactor = 50)`.execute(db);
}

/** Usage triggers, and their fires. */
async function createTriggers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('usage_triggers')
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('root_sid', 'text', (column) => column.notNull())
    .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
    .addColumn('friendly_name', 'text')
    .addColumn('usage_category', 'text', (column) => column.notNull())
    .addColumn('trigger_by', 'text', (column) => column.notNull())
    .addColumn('recurring', 'text')
    .addColumn('trigger_value', 'text', (column) => column.notNull())
    .addColumn('threshold', 'bigint', (column) => column.notNull())
    .addColumn('callback_url', 'text')
    .addColumn('callback_method', 'text', (column) => column.notNull())
    .addColumn('callback_by_grant', 'text')
    .addColumn('created_by_grant', 'text')
    .addColumn('date_fired', 'bigint')
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_updated', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema
    .createIndex('usage_triggers_by_account')
    .on('usage_triggers')
    .columns(['account_sid', 'date_created', 'sid'])
    .execute();
  await db.schema
    .createIndex('usage_triggers_by_category')
    .on('usage_triggers')
    .columns(['account_sid', 'usage_category'])
    .execute();

  // No foreign key to the trigger: fires stay when the trigger is deleted.
  await db.schema
    .createTable('usage_trigger_fires')
    .addColumn('trigger_sid', 'text', (column) => column.notNull())
    .addColumn('window', 'integer', (column) => column.notNull())
    .addColumn('account_sid', 'text', (column) => column.notNull())
    .addColumn('value', 'bigint', (column) => column.notNull())
    .addColumn('delivery_sid', 'text')
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_trigger_fires_key', ['trigger_sid', 'window'])
    .execute();
  await db.schema
    .createIndex('usage_trigger_fires_by_date')
    .on('usage_trigger_fires')
    .column('date_created')
    .execute();
}

/** The answers to requests that may be repeated. */
async function createIdempotencyKeys(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('idempotency_keys')
    .addColumn('account_sid', 'text', (column) => column.notNull())
    .addColumn('caller_sid', 'text', (column) => column.notNull())
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('digest', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text')
    .addColumn('sealed_with', 'text')
    .addColumn('created_by_grant', 'text')
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('idempotency_keys_key', ['account_sid', 'caller_sid', 'key'])
    .execute();
  await db.schema
    .createIndex('idempotency_keys_by_date')
    .on('idempotency_keys')
    .column('date_created')
    .execute();
}

/** The operator's rates, and the limits of spending. */
async function createRates(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('usage_rates')
    .addColumn('category', 'text', (column) => column.notNull())
    .addColumn('start', 'integer', (column) => column.notNull())
    .addColumn('per', 'text', (column) => column.notNull())
    .addColumn('price_micro', 'bigint', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('usage_rates_key', ['category', 'start'])
    .execute();
  await db.schema.alterTable('accounts').addColumn('balance_floor_micro', 'bigint').execute();
  await db.schema.alterTable('grants').addColumn('monthly_limit_micro', 'bigint').execute();
}

/** The operator's credits to balances. */
async function createCredits(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('balance_credits')
    .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
    .addColumn('key', 'text', (column) => column.notNull())
    .addColumn('amount_micro', 'bigint', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('balance_credits_key', ['account_sid', 'key'])
    .execute();
}
