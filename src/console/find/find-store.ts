import type { Db } from '../../db/database.ts';

/** Looks for things by their SIDs and names. */

/** A thing that was found, in any account. */
export interface Found {
  readonly sid: string;
  readonly account_sid: string;
  /** The main account of `account_sid`. */
  readonly root_sid: string;
}

/** The tables whose rows have pages, by the prefixes of their SIDs. */
const TABLES = {
  SM: 'messages',
  MM: 'messages',
  CA: 'calls',
  RE: 'recordings',
  ME: 'message_media',
  PN: 'incoming_phone_numbers',
  UT: 'usage_triggers',
  CN: 'connect_apps',
  SK: 'api_keys',
  NY: 'connection_policies',
  BY: 'byoc_trunks',
} as const;

/** Finds a thing of any account by its SID. The caller decides who may see it. */
export async function findBySid(db: Db, sid: string): Promise<Found | undefined> {
  const table = TABLES[sid.slice(0, 2) as keyof typeof TABLES] as 'messages' | undefined;
  if (table === undefined) return undefined;
  return db
    .selectFrom(table)
    .select(['sid', 'account_sid', 'root_sid'])
    .where('sid', '=', sid)
    .executeTakeFirst();
}

/** The call of a recording, or the message of a picture. */
export async function findHolder(db: Db, sid: string): Promise<string | undefined> {
  const found = sid.startsWith('RE')
    ? await db
        .selectFrom('recordings')
        .select('call_sid as of_sid')
        .where('sid', '=', sid)
        .executeTakeFirst()
    : await db
        .selectFrom('message_media')
        .select('message_sid as of_sid')
        .where('sid', '=', sid)
        .executeTakeFirst();
  return found?.of_sid;
}

/** A thing with a name. */
export interface Named {
  readonly sid: string;
  readonly account_sid: string;
  readonly name: string;
}

/** The most names of one kind that a search compares. */
const MAX_NAMES = 10_000;

/** Things with names, in the main accounts of a person. */
export interface NamedThings {
  /** Subaccounts, each with its main account. */
  readonly subaccounts: readonly Named[];
  readonly connect_apps: readonly Named[];
  /** The apps that an account authorised. `account_sid` is that account. */
  readonly authorized_apps: readonly Named[];
  readonly numbers: readonly Named[];
  readonly people: readonly Named[];
}

/** Every name that a search of these main accounts compares. Each kind has a limited number. */
export async function listNamed(db: Db, main_sids: readonly string[]): Promise<NamedThings> {
  const [subaccounts, connect_apps, authorized_apps, numbers, people] = await Promise.all([
    db
      .selectFrom('accounts')
      .select(['sid', 'owner_account_sid as account_sid', 'friendly_name as name'])
      .where('owner_account_sid', 'in', main_sids)
      .whereRef('sid', '!=', 'owner_account_sid')
      .limit(MAX_NAMES)
      .execute(),
    db
      .selectFrom('connect_apps')
      .select(['sid', 'account_sid', 'friendly_name as name'])
      .where('account_sid', 'in', main_sids)
      .where('date_deleted', 'is', null)
      .limit(MAX_NAMES)
      .execute(),
    db
      .selectFrom('grants as grant')
      .innerJoin('connect_apps as app', 'app.sid', 'grant.connect_app_sid')
      .select(['app.sid', 'grant.account_sid', 'app.friendly_name as name'])
      .where('grant.account_sid', 'in', main_sids)
      .where('grant.date_revoked', 'is', null)
      .limit(MAX_NAMES)
      .execute(),
    db
      .selectFrom('incoming_phone_numbers as number')
      .innerJoin('accounts as account', 'account.sid', 'number.account_sid')
      .select([
        'number.sid',
        'account.owner_account_sid as account_sid',
        'number.friendly_name as name',
      ])
      .where('account.owner_account_sid', 'in', main_sids)
      .limit(MAX_NAMES)
      .execute(),
    db
      .selectFrom('memberships as membership')
      .innerJoin('people as person', 'person.sid', 'membership.person_sid')
      .select(['person.sid', 'membership.account_sid', 'person.name'])
      .where('membership.account_sid', 'in', main_sids)
      .limit(MAX_NAMES)
      .execute(),
  ]);
  return { subaccounts, connect_apps, authorized_apps, numbers, people };
}

/** The person with an e-mail address, and one of the given accounts that the person may use. */
export async function findColleague(db: Db, email: string, main_sids: readonly string[]) {
  return db
    .selectFrom('people as person')
    .innerJoin('memberships as membership', 'membership.person_sid', 'person.sid')
    .select(['person.sid', 'membership.account_sid'])
    .where('person.email', '=', email)
    .where('membership.account_sid', 'in', main_sids)
    .executeTakeFirst();
}

/** One of some accounts that an app may act on. */
export async function findCustomer(db: Db, connect_app_sid: string, main_sids: readonly string[]) {
  return db
    .selectFrom('grants')
    .select('account_sid')
    .where('connect_app_sid', '=', connect_app_sid)
    .where('account_sid', 'in', main_sids)
    .where('date_revoked', 'is', null)
    .executeTakeFirst();
}
