import { act } from '../../audit/act.ts';
import { conflict, forbidden } from '../../kit/api-error.ts';
import { createPerson } from '../create-person.ts';
import { readEmail, readName } from '../person.ts';
import { fetchPersonByEmail } from '../person-store.ts';
import { hashPassword } from './password.ts';
import { demandGoodPassword } from './password-rule.ts';
import { WrongPassword } from './prove-password.ts';
import { enter, personActor, type SignedIn, signIn } from './sign-in.ts';
import type { Visitor } from './visitor.ts';

export interface SignUp {
  readonly email: string;
  readonly name: string;
  readonly password: string;
}

/**
 * Makes a person with a Trial account, and signs them in. A person who has a login already and
 * gives the right password is signed in.
 *
 * Anybody may sign up in development mode. In production it takes an invitation
 * (`acceptInvitation`): without mail, every sign-up would tell whether an address is known
 * (docs/threats.md, T20).
 * @throws ApiError 400 for an invalid field, 403 in production, 409 when the address has a login
 *   with another password, 429 and 503 as `signIn`
 */
export async function signUp(visitor: Visitor, wanted: SignUp): Promise<SignedIn> {
  const { app } = visitor;
  if (app.config.mode === 'production') {
    throw forbidden(
      'You need an invitation to sign up here: ask the operator of this platform for one.',
    );
  }
  const { password } = wanted;
  const email = readEmail(wanted.email);
  if (await fetchPersonByEmail(app.database.db, email)) {
    return signIn(visitor, { email, password }).catch((error: unknown) => {
      throw error instanceof WrongPassword ? alreadyThere() : error;
    });
  }
  const name = readName(wanted.name);
  await demandGoodPassword(password, { email, name });
  const password_hash = await hashPassword(app, password);
  const sid = app.newSid('PE');
  const person = { sid, email, name, password_hash, account_sid: null, own_account: true };
  return act(app, personActor(sid, visitor.network), async (doing) => {
    await createPerson(doing, person);
    return enter(doing, visitor, person);
  });
}

/** 409 for an address that has a login with another password. */
export function alreadyThere() {
  return conflict('There is a login with this e-mail address already: log in instead.');
}
