import type { Insertable } from 'kysely';
import type { Db, Tx } from '../db/database.ts';
import { countRows } from '../db/limit.ts';
import type { Tables } from '../db/tables/tables.ts';
import type { Person } from './person.ts';

/** Makes a person; undefined when the address is taken. */
export async function insertPerson(tx: Tx, person: Person): Promise<Person | undefined> {
  return tx
    .insertInto('people')
    .values(person)
    .onConflict((conflict) => conflict.column('email').doNothing())
    .returningAll()
    .executeTakeFirst();
}

export async function fetchPersonByEmail(db: Db, email: string): Promise<Person | undefined> {
  return db.selectFrom('people').selectAll().where('email', '=', email).executeTakeFirst();
}

export async function updatePersonName(
  tx: Tx,
  sid: string,
  changes: Pick<Person, 'name' | 'date_updated'>,
): Promise<void> {
  await tx.updateTable('people').set(changes).where('sid', '=', sid).execute();
}

export async function isOperator(db: Db, person_sid: string): Promise<boolean> {
  const found = await db
    .selectFrom('people')
    .select('is_operator')
    .where('sid', '=', person_sid)
    .executeTakeFirst();
  return found?.is_operator === 1;
}

/** All people, by address, for the operator. */
export async function listEveryPerson(db: Db): Promise<Person[]> {
  return db.selectFrom('people').selectAll().orderBy('email').execute();
}

export async function fetchPasswordHash(db: Db, person_sid: string): Promise<string | undefined> {
  const found = await db
    .selectFrom('passwords')
    .select('hash')
    .where('person_sid', '=', person_sid)
    .executeTakeFirst();
  return found?.hash;
}

export async function writePassword(
  tx: Tx,
  password: Insertable<Tables['passwords']>,
): Promise<void> {
  const { hash, date_changed } = password;
  await tx
    .insertInto('passwords')
    .values(password)
    .onConflict((conflict) => conflict.column('person_sid').doUpdateSet({ hash, date_changed }))
    .execute();
}

/** Replaces a hash by another one of the same password. @returns false when the hash has changed */
export async function replaceHash(
  tx: Tx,
  person_sid: string,
  hash: { readonly old: string; readonly new: string },
): Promise<boolean> {
  const { numUpdatedRows } = await tx
    .updateTable('passwords')
    .set({ hash: hash.new })
    .where('person_sid', '=', person_sid)
    .where('hash', '=', hash.old)
    .executeTakeFirst();
  return numUpdatedRows > 0n;
}

/** Adds a person to an account. @returns false when they belong to it already */
export async function insertMembership(
  tx: Tx,
  membership: Insertable<Tables['memberships']>,
): Promise<boolean> {
  const { numInsertedOrUpdatedRows } = await tx
    .insertInto('memberships')
    .values(membership)
    .onConflict((conflict) => conflict.doNothing())
    .executeTakeFirst();
  return (numInsertedOrUpdatedRows ?? 0n) > 0n;
}

export async function deleteMembership(
  tx: Tx,
  account_sid: string,
  person_sid: string,
): Promise<boolean> {
  const { numDeletedRows } = await tx
    .deleteFrom('memberships')
    .where('account_sid', '=', account_sid)
    .where('person_sid', '=', person_sid)
    .executeTakeFirst();
  return numDeletedRows > 0n;
}

export function countMembers(db: Db, account_sid: string): Promise<number> {
  return countRows(db.selectFrom('memberships').where('account_sid', '=', account_sid));
}

/** A person of an account, and the time when they joined it. */
export interface Member extends Pick<Person, 'sid' | 'email' | 'name'> {
  readonly date_joined: number;
}

/** An account's people, by name. */
export async function listPeopleOfAccount(db: Db, account_sid: string): Promise<Member[]> {
  return db
    .selectFrom('memberships as membership')
    .innerJoin('people as person', 'person.sid', 'membership.person_sid')
    .where('membership.account_sid', '=', account_sid)
    .select(['person.sid', 'person.email', 'person.name', 'membership.date_created as date_joined'])
    .orderBy('person.name')
    .orderBy('person.sid')
    .execute();
}
