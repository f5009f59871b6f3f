import { type SqlBool, sql } from 'kysely';
import type { MemberAccount } from '../access/session-store.ts';
import type { Db, Engine, Tx } from '../db/database.ts';
import { fetchPage, type Page, type PageRequest, searchPage } from '../db/keyset.ts';
import type { Person } from './person.ts';

/** Queries about people for the operator. */

/** Finds a person by SID. */
export async function findPerson(db: Db, sid: string): Promise<Person | undefined> {
  return db.selectFrom('people').selectAll().where('sid', '=', sid).executeTakeFirst();
}

/** People whose name, address or SID contains the text, newest first. An empty text finds all. */
export async function searchPeople(db: Db, text: string, page: PageRequest): Promise<Page<Person>> {
  const all = db.selectFrom('people').selectAll();
  if (text === '') return fetchPage(all, page);
  if (await findPerson(db, text)) return fetchPage(all.where('sid', '=', text), page);
  // An address that is given in full is found among all people.
  const email = text.toLowerCase();
  const exact = all.where('email', '=', email);
  if ((await exact.executeTakeFirst()) !== undefined) return fetchPage(exact, page);
  const pattern = `%${email.replaceAll(/[\\%_]/g, String.raw`\$&`)}%`;
  const named = sql<SqlBool>`(email like ${pattern} escape '\\'
    or lower(name) like ${pattern} escape '\\')`;
  return searchPage(all, [named], page);
}

export async function updatePerson(
  tx: Tx,
  sid: string,
  changes: Partial<Pick<Person, 'name' | 'is_operator' | 'date_disabled'>> &
    Pick<Person, 'date_updated'>,
): Promise<void> {
  await tx.updateTable('people').set(changes).where('sid', '=', sid).execute();
}

/** The operators who may sign in, locked until the transaction ends, so that one always remains. */
export async function lockOperators(tx: Tx, engine: Engine): Promise<string[]> {
  const rows = await tx
    .selectFrom('people')
    .select('sid')
    .where('is_operator', '=', 1)
    .where('date_disabled', 'is', null)
    .orderBy('sid')
    .$if(engine === 'postgres', (query) => query.forUpdate())
    .execute();
  return rows.map(({ sid }) => sid);
}

/** The open accounts of a person that have no other person. */
export async function listAccountsAlone(db: Db, person_sid: string): Promise<MemberAccount[]> {
  return db
    .selectFrom('memberships as membership')
    .innerJoin('accounts as account', 'account.sid', 'membership.account_sid')
    .where('membership.person_sid', '=', person_sid)
    .where('account.status', '!=', 'closed')
    .where((eb) =>
      eb.not(
        eb.exists(
          eb
            .selectFrom('memberships as other')
            .innerJoin('people as person', 'person.sid', 'other.person_sid')
            .whereRef('other.account_sid', '=', 'account.sid')
            .where('other.person_sid', '!=', person_sid)
            .where('person.date_disabled', 'is', null)
            .select('other.person_sid'),
        ),
      ),
    )
    .selectAll('account')
    .orderBy('account.sid')
    .execute();
}

/** Deletes a person and their own rows. Their entries in the audit logs stay. */
export async function deletePersonRows(tx: Tx, sid: string): Promise<void> {
  const tables = [
    'sessions',
    'passwords',
    'second_factors',
    'recovery_codes',
    'known_networks',
    'memberships',
  ] as const;
  for (const table of tables) {
    await tx.deleteFrom(table).where('person_sid', '=', sid).execute();
  }
  await tx.deleteFrom('people').where('sid', '=', sid).execute();
}
