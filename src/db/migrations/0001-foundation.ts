import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Accounts and their credentials, Connect apps and grants, voice resources, the audit log. */
export const foundation: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('accounts')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('owner_account_sid', 'text', (column) => column.notNull())
      .addColumn('friendly_name', 'text', (column) => column.notNull())
      .addColumn('status', 'text', (column) => column.notNull())
      .addColumn('type', 'text', (column) => column.notNull())
      .addColumn('balance_micro', 'bigint', (column) => column.notNull())
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('accounts_by_owner')
      .on('accounts')
      .columns(['owner_account_sid', 'date_created', 'sid'])
      .execute();

    await db.schema
      .createTable('auth_tokens')
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('slot', 'text', (column) => column.notNull())
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('sealed', 'text', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('auth_tokens_key', ['account_sid', 'slot'])
      .execute();

    await db.schema
      .createTable('api_keys')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('friendly_name', 'text')
      .addColumn('kind', 'text', (column) => column.notNull())
      .addColumn('secret_digest', 'text', (column) => column.notNull())
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await listIndex(db, 'api_keys');

    await db.schema
      .createTable('connect_apps')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('friendly_name', 'text', (column) => column.notNull())
      .addColumn('company_name', 'text', (column) => column.notNull())
      .addColumn('description', 'text')
      .addColumn('homepage_url', 'text')
      .addColumn('terms_of_service_url', 'text')
      .addColumn('authorize_redirect_url', 'text')
      .addColumn('deauthorize_callback_url', 'text')
      .addColumn('deauthorize_callback_method', 'text')
      .addColumn('permissions', 'text', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .addColumn('date_deleted', 'bigint')
      .execute();
    await listIndex(db, 'connect_apps');

    await db.schema
      .createTable('grants')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('connect_app_sid', 'text', (column) =>
        column.notNull().references('connect_apps.sid'),
      )
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('subaccount_sid', 'text', (column) =>
        column.notNull().unique().references('accounts.sid'),
      )
      .addColumn('version', 'integer', (column) => column.notNull())
      .addColumn('permissions', 'text', (column) => column.notNull())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .addColumn('date_revoked', 'bigint')
      .addUniqueConstraint('grants_once', ['connect_app_sid', 'account_sid'])
      .execute();
    await listIndex(db, 'grants');

    await db.schema
      .createTable('connection_policies')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('friendly_name', 'text')
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await listIndex(db, 'connection_policies');

    await db.schema
      .createTable('connection_policy_targets')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('connection_policy_sid', 'text', (column) =>
        column.notNull().references('connection_policies.sid'),
      )
      .addColumn('friendly_name', 'text')
      .addColumn('target', 'text', (column) => column.notNull())
      .addColumn('priority', 'integer', (column) => column.notNull())
      .addColumn('weight', 'integer', (column) => column.notNull())
      .addColumn('enabled', 'integer', (column) => column.notNull())
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await db.schema
      .createIndex('connection_policy_targets_by_policy')
      .on('connection_policy_targets')
      .columns(['connection_policy_sid', 'date_created', 'sid'])
      .execute();

    await db.schema
      .createTable('byoc_trunks')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('account_sid', 'text', (column) => column.notNull().references('accounts.sid'))
      .addColumn('friendly_name', 'text')
      .addColumn('voice_url', 'text')
      .addColumn('voice_method', 'text', (column) => column.notNull())
      .addColumn('voice_fallback_url', 'text')
      .addColumn('voice_fallback_method', 'text', (column) => column.notNull())
      .addColumn('status_callback_url', 'text')
      .addColumn('status_callback_method', 'text', (column) => column.notNull())
      .addColumn('cnam_lookup_enabled', 'integer', (column) => column.notNull())
      .addColumn('connection_policy_sid', 'text', (column) =>
        column.references('connection_policies.sid'),
      )
      .addColumn('from_domain_sid', 'text')
      .addColumn('created_by_grant', 'text')
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('date_updated', 'bigint', (column) => column.notNull())
      .execute();
    await listIndex(db, 'byoc_trunks');
    await db.schema
      .createIndex('byoc_trunks_by_policy')
      .on('byoc_trunks')
      .column('connection_policy_sid')
      .execute();

    await db.schema
      .createTable('audit_events')
      .addColumn('sid', 'text', (column) => column.primaryKey())
      .addColumn('date_created', 'bigint', (column) => column.notNull())
      .addColumn('account_sid', 'text', (column) => column.notNull())
      .addColumn('actor_kind', 'text', (column) => column.notNull())
      .addColumn('actor_sid', 'text')
      .addColumn('grant_sid', 'text')
      .addColumn('action', 'text', (column) => column.notNull())
      .addColumn('target_sid', 'text')
      .addColumn('detail', 'text', (column) => column.notNull())
      .execute();
    await listIndex(db, 'audit_events');

    await db.schema
      .createTable('sealing_keys')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('canary', 'text', (column) => column.notNull())
      .execute();

    await db.schema
      .createTable('settings')
      .addColumn('name', 'text', (column) => column.primaryKey())
      .addColumn('value', 'text', (column) => column.notNull())
      .execute();
  },
};

/** The index of a list of an account's rows, in the order of its pages. */
async function listIndex(db: Kysely<unknown>, table: string): Promise<void> {
  await db.schema
    .createIndex(`${table}_by_account`)
    .on(table)
    .columns(['account_sid', 'date_created', 'sid'])
    .execute();
}
