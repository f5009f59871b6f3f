import { type CreateTableBuilder, type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** People and their sessions, the consent flow, logos, and the outbox of webhooks. */
export const connectLoop: Migration = {
  async up(db: Kysely<unknown>) {
    await makePeople(db);
    await makeSignIn(db);
    await makeConsent(db);
    await makeOutbox(db);
    for (const name of ['max_requests_per_second', 'max_subaccounts', 'max_connect_apps']) {
      await db.schema.alterTable('accounts').addColumn(name, 'integer').execute();
    }
    await db.schema
      .alterTable('connect_apps')
      .addColumn('signed_redirect', 'integer', (column) => column.notNull().defaultTo(0))
      .execute();
  },
};

async function makePeople(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('people')
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('email', 'text', (column) => column.notNull().unique())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('is_operator', 'integer', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_updated', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('memberships')
    .addColumn('person_sid', 'text', (column) => column.notNull().references('people.sid'))
    .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('memberships_key', ['person_sid', 'account_sid'])
    .execute();
  await db.schema
    .createIndex('memberships_by_account')
    .on('memberships')
    .column('account_sid')
    .execute();

  await db.schema
    .createTable('passwords')
    .addColumn('person_sid', 'text', (column) => column.primaryKey().references('people.sid'))
    .addColumn('hash', 'text', (column) => column.notNull())
    .addColumn('date_changed', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('second_factors')
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('person_sid', 'text', (column) => column.notNull().references('people.sid'))
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('sealed', 'text')
    .addColumn('sealed_with', 'text')
    .addColumn('credential_id', 'text', (column) => column.unique())
    .addColumn('public_key', 'text')
    .addColumn('counter', 'bigint', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_last_used', 'bigint')
    .execute();
  await db.schema
    .createIndex('second_factors_by_person')
    .on('second_factors')
    .column('person_sid')
    .execute();

  await db.schema
    .createTable('recovery_codes')
    .addColumn('person_sid', 'text', (column) => column.notNull().references('people.sid'))
    .addColumn('digest', 'text', (column) => column.notNull())
    .addPrimaryKeyConstraint('recovery_codes_key', ['person_sid', 'digest'])
    .execute();
}

async function makeSignIn(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('sessions')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('person_sid', 'text', (column) => column.notNull().references('people.sid'))
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('challenge', 'text')
    .addColumn('user_agent', 'text')
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_seen', 'bigint', (column) => column.notNull())
    .addColumn('date_confirmed', 'bigint', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('sessions_by_person').on('sessions').column('person_sid').execute();

  await db.schema
    .createTable('sign_in_failures')
    .addColumn('key', 'text', (column) => column.primaryKey())
    .addColumn('failures', 'integer', (column) => column.notNull())
    .addColumn('date_next', 'bigint', (column) => column.notNull())
    .addColumn('date_updated', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createTable('one_time_links')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('purpose', 'text', (column) => column.notNull())
    .addColumn('email', 'text', (column) => column.notNull())
    .addColumn('account_sid', 'text', (column) => column.references('accounts.sid'))
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_expires', 'bigint', (column) => column.notNull())
    .addColumn('date_used', 'bigint')
    .execute();
  await db.schema
    .createIndex('one_time_links_by_account')
    .on('one_time_links')
    .column('account_sid')
    .execute();
}

async function makeConsent(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('interactions')
    .addColumn('digest', 'text', (column) => column.primaryKey())
    .addColumn('connect_app_sid', 'text', (column) =>
      column.notNull().references('connect_apps.sid'),
    )
    .addColumn('state', 'text')
    .addColumn('session_digest', 'text')
    .addColumn('person_sid', 'text')
    .addColumn('account_sid', 'text')
    .addColumn('shown', 'text')
    .addColumn('grant_version', 'integer')
    .addColumn('answer', 'text')
    .addColumn('redirect_url', 'text')
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_answered', 'bigint')
    .execute();
  await db.schema
    .createIndex('interactions_by_date')
    .on('interactions')
    .column('date_created')
    .execute();

  await db.schema
    .createTable('connect_app_logos')
    .addColumn('connect_app_sid', 'text', (column) =>
      column.primaryKey().references('connect_apps.sid'),
    )
    .addColumn('sha256', 'text', (column) => column.notNull())
    .addColumn('png', 'text', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .execute();

  await db.schema
    .createIndex('connect_app_logos_by_sha256')
    .on('connect_app_logos')
    .column('sha256')
    .execute();

  await db.schema
    .createTable('grant_uses')
    .addColumn('grant_sid', 'text', (column) => column.primaryKey().references('grants.sid'))
    .addColumn('date_last_used', 'bigint', (column) => column.notNull())
    .execute();
}

async function makeOutbox(db: Kysely<unknown>): Promise<void> {
  await withDates(db.schema.createTable('deliveries'))
    .addColumn('sid', 'text', (column) => column.primaryKey())
    .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
    .addColumn('signing_account_sid', 'text', (column) =>
      column.notNull().references('accounts.sid'),
    )
    .addColumn('connect_app_sid', 'text')
    .addColumn('kind', 'text', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('host', 'text', (column) => column.notNull())
    .addColumn('method', 'text', (column) => column.notNull())
    .addColumn('body_kind', 'text', (column) => column.notNull())
    .addColumn('payload', 'text', (column) => column.notNull())
    .addColumn('retry', 'text', (column) => column.notNull())
    .addColumn('state', 'text', (column) => column.notNull())
    .addColumn('reason', 'text')
    .addColumn('attempts', 'integer', (column) => column.notNull())
    .addColumn('tries', 'integer', (column) => column.notNull())
    .addColumn('date_next', 'bigint')
    .addColumn('lease', 'text')
    .addColumn('idempotency_token', 'text', (column) => column.notNull())
    .addColumn('created_by_grant', 'text')
    .execute();
  await db.schema
    .createIndex('deliveries_due')
    .on('deliveries')
    .columns(['host', 'date_next', 'sid'])
    .where(sql.ref('date_next'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('deliveries_ended')
    .on('deliveries')
    .columns(['date_updated', 'sid'])
    .where(sql.ref('date_next'), 'is', null)
    .execute();
  await db.schema
    .createIndex('deliveries_by_grant')
    .on('deliveries')
    .column('created_by_grant')
    .where(sql.ref('date_next'), 'is not', null)
    .execute();
  await db.schema
    .createIndex('deliveries_by_account')
    .on('deliveries')
    .columns(['account_sid', 'date_created', 'sid'])
    .execute();
  await db.schema
    .createIndex('deliveries_by_app')
    .on('deliveries')
    .columns(['connect_app_sid', 'date_created', 'sid'])
    .execute();

  await db.schema
    .createTable('delivery_attempts')
    .addColumn('delivery_sid', 'text', (column) => column.notNull().references('deliveries.sid'))
    .addColumn('number', 'integer', (column) => column.notNull())
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('signed', 'text')
    .addColumn('status', 'integer')
    .addColumn('error', 'text')
    .addColumn('response', 'text')
    .addColumn('duration_ms', 'integer', (column) => column.notNull())
    .addPrimaryKeyConstraint('delivery_attempts_key', ['delivery_sid', 'number'])
    .execute();
}

function withDates(table: CreateTableBuilder<string>) {
  return table
    .addColumn('date_created', 'bigint', (column) => column.notNull())
    .addColumn('date_updated', 'bigint', (column) => column.notNull());
}
