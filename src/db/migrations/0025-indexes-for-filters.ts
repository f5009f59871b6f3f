import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Deliveries that failed and will be tried again. Queries must say it in the same words. */
const FAILING = "date_next is not null and (tries > 1 or (tries = 1 and state = 'pending'))";
const DAY_MS = 86_400_000;

/**
 * The indexes by which lists are filtered. They go by statements that PostgreSQL can also run ahead
 * of the migration, one by one and without a lock on the table (docs/guides/postgresql.md).
 */
const FILTER_INDEXES: readonly string[] = [
  'messages_by_to on messages (account_sid, "to", date_created, sid)',
  'messages_by_from on messages (account_sid, "from", date_created, sid)',
  `messages_sent_late on messages (account_sid, (date_sent - date_created)) where date_sent - date_created > ${DAY_MS}`,
  'calls_by_to on calls (account_sid, "to", date_created, sid)',
  'calls_by_from on calls (account_sid, "from", date_created, sid)',
  'calls_by_status on calls (account_sid, status, date_created, sid)',
  'calls_of_parent on calls (parent_call_sid, date_created, sid) where parent_call_sid is not null',
  `calls_begun_late on calls (account_sid, (start_time - date_created)) where start_time - date_created > ${DAY_MS}`,
  `calls_ended_late on calls (account_sid, (end_time - date_created)) where end_time - date_created > ${DAY_MS}`,
  'recordings_kept on recordings (account_sid, date_created, sid) where date_deleted is null',
  'recordings_by_callback on recordings (callback_by_grant) where callback_by_grant is not null',
  'connection_policy_targets_by_account on connection_policy_targets (account_sid, created_by_grant)',
  'carrier_tasks_by_account on carrier_tasks (account_sid, kind)',
  'deliveries_by_state on deliveries (state, sid)',
  `deliveries_failing on deliveries (date_next, sid) where ${FAILING}`,
  `deliveries_failing_by_account on deliveries (account_sid, date_next, sid) where ${FAILING}`,
  "deliveries_dead_by_account on deliveries (account_sid, date_created, sid) where state = 'dead'",
  "deliveries_unacknowledged on deliveries (connect_app_sid, date_created, sid) where kind = 'deauthorize' and state <> 'delivered'",
  'grants_active on grants (connect_app_sid, date_created, sid) where date_revoked is null',
  'grants_revoked on grants (connect_app_sid, date_created, sid) where date_revoked is not null',
  'accounts_by_date on accounts (date_created, sid)',
  'accounts_by_name on accounts (owner_account_sid, friendly_name, date_created, sid)',
  'accounts_by_status on accounts (owner_account_sid, status, date_created, sid)',
  'people_by_date on people (date_created, sid)',
  'people_who_operate on people (is_operator, sid)',
  'balance_credits_by_date on balance_credits (account_sid, date_created, key)',
  'security_events_by_address on security_events (address, date_created, sid) where address is not null',
];

export const indexesForFilters: Migration = {
  async up(db: Kysely<unknown>) {
    for (const index of FILTER_INDEXES) {
      await sql.raw(`create index if not exists ${index}`).execute(db);
    }
    // The index of parents that replaces it has their order too.
    await db.schema.dropIndex('calls_by_parent').execute();
  },
};
