import { createAccount } from '../accounts/create-account.ts';
import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { conflict } from '../kit/api-error.ts';
import { MAX_PEOPLE, type Person, readEmail, readName } from './person.ts';
import { countMembers, insertMembership, insertPerson, writePassword } from './person-store.ts';

export interface NewPerson {
  /** Chosen before, where the person is to sign their own making. */
  readonly sid?: string;
  readonly email: string;
  readonly name: string;
  /** From `hashPassword`, made before the deed; null: a link will set the first password. */
  readonly password_hash: string | null;
  /** The main account to join, if any. */
  readonly account_sid: string | null;
  /** Makes a Trial account named after the person. */
  readonly own_account?: boolean;
  readonly is_operator?: boolean;
}

/**
 * Makes a person, and one of an account's people of them.
 * @throws ApiError 400 when the address or the name breaks its rule or the account is full,
 * 409 when there is somebody with that address.
 */
export async function createPerson(act: Act, wanted: NewPerson): Promise<Person> {
  const { app, tx } = act;
  const now = app.realNow();
  const email = readEmail(wanted.email);
  const person = await insertPerson(tx, {
    sid: wanted.sid ?? app.newSid('PE'),
    email,
    name: readName(wanted.name),
    is_operator: wanted.is_operator ? 1 : 0,
    date_disabled: null,
    date_created: now,
    date_updated: now,
  });
  if (!person) throw conflict(`There is somebody with the address ${email} already.`);
  if (wanted.password_hash !== null) {
    const { password_hash: hash } = wanted;
    await writePassword(tx, { person_sid: person.sid, hash, date_changed: now });
  }
  if (wanted.own_account) {
    const own = { friendly_name: person.name, type: 'Trial', owner: null } as const;
    await addMember(act, (await createAccount(act, own)).sid, person);
  }
  if (wanted.account_sid !== null) await addMember(act, wanted.account_sid, person);
  return person;
}

/**
 * Makes somebody one of a main account's people; they stay it if they are.
 * @throws ApiError 400 when the account has as many people as it may.
 */
export async function addMember(
  { app, tx, record }: Act,
  account_sid: string,
  person: Pick<Person, 'sid' | 'email'>,
): Promise<void> {
  await demandRoom(tx, app.database.engine, {
    account_sid,
    max: MAX_PEOPLE,
    rule: `An account may have ${MAX_PEOPLE} people`,
    count: () => countMembers(tx, account_sid),
  });
  const membership = { account_sid, person_sid: person.sid, date_created: app.realNow() };
  if (!(await insertMembership(tx, membership))) return;
  const { sid: target_sid, email } = person;
  record({ action: 'person.added', account_sid, target_sid, detail: { email } });
}
