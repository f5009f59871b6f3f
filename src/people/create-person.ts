import { createAccount } from '../accounts/create-account.ts';
import type { Act } from '../audit/act.ts';
import { demandRoom } from '../db/limit.ts';
import { conflict } from '../kit/api-error.ts';
import { MAX_PEOPLE, type Person, readEmail, readName } from './person.ts';
import { countMembers, insertMembership, insertPerson, writePassword } from './person-store.ts';

export interface NewPerson {
  /** A SID chosen beforehand, so that the audit log can name the new person as the author. */
  readonly sid?: string;
  readonly email: string;
  readonly name: string;
  /** The result of `hashPassword`, made before the deed; null when a link will set the password. */
  readonly password_hash: string | null;
  /** The main account that the person joins, or null. */
  readonly account_sid: string | null;
  /** Whether to make a Trial account named after the person. */
  readonly own_account?: boolean;
  readonly is_operator?: boolean;
}

/**
 * Makes a person, and adds them to an account.
 * @throws ApiError 400 for an invalid address or name, and when the account is full; 409 when the
 * address is taken
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
 * Adds a person to a main account. It changes nothing for a person of the account.
 * @throws ApiError 400 when the account has the most people it may have
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
  const membership = {
    account_sid,
    root_sid: account_sid,
    person_sid: person.sid,
    date_created: app.realNow(),
  };
  if (!(await insertMembership(tx, membership))) return;
  const { sid: target_sid, email } = person;
  record({ action: 'person.added', account_sid, target_sid, detail: { email } });
}
