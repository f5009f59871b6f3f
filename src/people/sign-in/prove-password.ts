import type { App } from '../../app.ts';
import { concerning } from '../../audit/concern.ts';
import type { Tx } from '../../db/database.ts';
import { ApiError } from '../../kit/api-error.ts';
import { hasPasskey } from '../factors/second-factor-store.ts';
import { normalEmail, type Person } from '../person.ts';
import { fetchPasswordHash, fetchPersonByEmail, replaceHash } from '../person-store.ts';
import { countGuess, forgiveAttempt } from './count-attempt.ts';
import { findKnownPlace } from './known-place.ts';
import { hashPassword, isOutdated, laneOf, verifyPassword } from './password.ts';
import { type Counted, countsOfSignIn } from './sign-in-delay.ts';
import type { Visitor } from './visitor.ts';

/** A password that was right when it was checked. `acceptProof` makes it count. */
export interface Proof {
  readonly person: Person;
  readonly hash: string;
  /** The hash at the present cost; the same hash if it has that cost already. */
  readonly fresh: string;
  readonly counted: Counted;
}

/** 403, in the same words for a wrong address and a wrong password. */
export class WrongPassword extends ApiError {
  constructor() {
    super(
      403,
      20403,
      'The e-mail address or the password is not right. Check both and try again; ' +
        'the operator of this platform can give you a link that sets a new password.',
    );
  }
}

/** 403, told only to a person who knows the password. */
function disabledLogin(): ApiError {
  return new ApiError(403, 20403, 'This login is disabled: ask the operator of this platform.');
}

/**
 * Checks an address and a password. The attempt is counted first, and the work is the same for an
 * unknown person. It runs outside of any deed, because hashing takes long.
 * @param visitor the source of the attempt
 * @throws ApiError 429 when it comes too early, 403 when it is wrong, 503 when too many hashes wait
 */
export async function provePassword(
  visitor: Pick<Visitor, 'app' | 'network' | 'cookies'>,
  entered: { readonly email: string; readonly password: string },
): Promise<Proof> {
  const { app, network } = visitor;
  const { db } = app.database;
  const email = normalEmail(entered.email);
  const person = await fetchPersonByEmail(db, email);
  const concern = person ? { person_sid: person.sid } : {};
  const known = await findKnownPlace(visitor, person?.sid ?? '');
  const lane = laneOf(network, known);
  try {
    const { counted, delay } = await countGuess(app, countsOfSignIn(email, network, known));
    const hash = await fetchPasswordHash(db, person?.sid ?? '');
    const isRight = await verifyPassword(hash, entered.password, lane);
    // A password alone never opens a login with a passkey, so strangers' failures do not delay its owner.
    if (delay && !(isRight && person && (await hasPasskey(db, person.sid)))) throw delay;
    if (!isRight || !person || hash === undefined) throw new WrongPassword();
    if (person.date_disabled !== null) throw disabledLogin();
    const fresh = isOutdated(hash) ? await hashPassword(app, entered.password, lane) : hash;
    return { person, hash, fresh, counted };
  } catch (error) {
    throw error instanceof ApiError ? concerning(error, concern) : error;
  }
}

/**
 * Makes a proof count, in the transaction of its purpose. It fails if the password has changed
 * since the check.
 * @throws ApiError 403
 */
export async function acceptProof(app: App, tx: Tx, proof: Proof): Promise<Person> {
  const hash = { old: proof.hash, new: proof.fresh };
  if (!(await replaceHash(tx, proof.person.sid, hash))) {
    throw concerning(new WrongPassword(), { person_sid: proof.person.sid });
  }
  await forgiveAttempt(app, tx, proof.counted);
  return proof.person;
}
