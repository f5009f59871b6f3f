import type { Selectable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { prepared } from '../db/prepared.ts';
import type { Tables } from '../db/tables/tables.ts';

/** Reads the signed-in person for every request. Its only write is the time of the last use. */

/** The most accounts of one person that the console lists. */
const MAX_ACCOUNTS_SHOWN = 200;

export interface SessionPerson {
  readonly sid: string;
  readonly email: string;
  readonly name: string;
  readonly is_operator: 0 | 1;
}

export interface Session extends Selectable<Tables['sessions']> {
  readonly person: SessionPerson;
}

/** A main account that a person may use. */
export type MemberAccount = Selectable<Tables['accounts']>;

const selectSession = prepared((db, { digest }: { digest: string }) =>
  db
    .selectFrom('sessions as session')
    .innerJoin('people as person', 'person.sid', 'session.person_sid')
    .where('session.digest', '=', digest)
    .where('person.date_disabled', 'is', null)
    .selectAll('session')
    .select(['person.email', 'person.name', 'person.is_operator']),
);

export async function fetchSession(db: Db, digest: string): Promise<Session | undefined> {
  const [found] = await selectSession(db, { digest });
  if (!found) return undefined;
  const { email, name, is_operator, ...session } = found;
  return { ...session, person: { sid: session.person_sid, email, name, is_operator } };
}

export async function touchSession(tx: Tx, digest: string, date_seen: number): Promise<void> {
  await tx.updateTable('sessions').set({ date_seen }).where('digest', '=', digest).execute();
}

/** The main accounts that a person may use, by name, without closed ones. */
export async function fetchAccountsOfPerson(db: Db, person_sid: string): Promise<MemberAccount[]> {
  return db
    .selectFrom('memberships as membership')
    .innerJoin('accounts as account', 'account.sid', 'membership.account_sid')
    .where('membership.person_sid', '=', person_sid)
    .where('account.status', '!=', 'closed')
    .selectAll('account')
    .orderBy('account.friendly_name')
    .orderBy('account.sid')
    .limit(MAX_ACCOUNTS_SHOWN)
    .execute();
}

/** One of a person's accounts. */
export async function fetchAccountOfPerson(
  db: Db,
  person_sid: string,
  account_sid: string,
): Promise<MemberAccount | undefined> {
  return db
    .selectFrom('memberships as membership')
    .innerJoin('accounts as account', 'account.sid', 'membership.account_sid')
    .where('membership.person_sid', '=', person_sid)
    .where('membership.account_sid', '=', account_sid)
    .where('account.status', '!=', 'closed')
    .selectAll('account')
    .executeTakeFirst();
}
