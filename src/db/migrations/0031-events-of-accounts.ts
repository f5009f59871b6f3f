import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The security events of an account that concern no person, in the order of their list. */
export const eventsOfAccounts: Migration = {
  async up(db: Kysely<unknown>) {
    await sql`create index if not exists security_events_of_accounts on security_events
      (account_sid, date_created, sid) where person_sid is null`.execute(db);
  },
};
