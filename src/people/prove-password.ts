import type { App } from '../app.ts';
import type { Tx } from '../db/open-database.ts';
import { ApiError } from '../kit/api-error.ts';
import { countAttempt, forgiveAttempt } from './count-attempt.ts';
import { hashPassword, isOutdated, verifyPassword } from './password.ts';
import { normalEmail, type Person } from './person.ts';
import { fetchPasswordHash, fetchPersonByEmail, replaceHash } from './person-store.ts';
import { keysOfSignIn } from './sign-in-delay.ts';

/** A password that was right when it was looked at; `acceptProof` makes it count. */
export interface Proof {
  readonly person: Person;
  readonly hash: string;
  /** The password at today's cost; the same hash where that is its cost. */
  readonly fresh: string;
  readonly keys: readonly string[];
}

/** 403, in the same words whether it was the address or the password (reliability T20). */
export class WrongPassword extends ApiError {
  constructor() {
    super(
      403,
      20403,
      'The e-mail address or the password is not right. Check both and try again; ' +
        'whoever runs this server can make you a link that sets a new password.',
    );
  }
}

/**
 * Looks at an address and a password: the attempt is counted first, and the work is the same
 * whether there is such a person or not. Runs outside of any deed, because hashing takes long.
 * @param network the address that the attempt comes from
 * @throws ApiError 429 when it comes too early, 403 when it is wrong, 503 when too many wait.
 */
export async function provePassword(
  app: App,
  network: string,
  entered: { readonly email: string; readonly password: string },
): Promise<Proof> {
  const email = normalEmail(entered.email);
  const keys = keysOfSignIn(email, network);
  await countAttempt(app, keys);
  const { db } = app.database;
  const person = await fetchPersonByEmail(db, email);
  const hash = await fetchPasswordHash(db, person?.sid ?? '');
  const isRight = await verifyPassword(hash, entered.password);
  if (!isRight || !person || hash === undefined) throw new WrongPassword();
  const fresh = isOutdated(hash) ? await hashPassword(app, entered.password) : hash;
  return { person, hash, fresh, keys };
}

/**
 * Lets a proof count, in the transaction of what it is for. A password that was changed while
 * this one was looked at is not the one that was proven.
 * @throws ApiError 403
 */
export async function acceptProof(app: App, tx: Tx, proof: Proof): Promise<Person> {
  const hash = { old: proof.hash, new: proof.fresh };
  if (!(await replaceHash(tx, proof.person.sid, hash))) throw new WrongPassword();
  await forgiveAttempt(app, tx, proof.keys);
  return proof.person;
}
