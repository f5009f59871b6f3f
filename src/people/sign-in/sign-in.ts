import { type Act, act } from '../../audit/act.ts';
import type { Actor } from '../../audit/audit-event.ts';
import { hasSecondFactor } from '../factors/second-factor-store.ts';
import type { Person } from '../person.ts';
import { recordForPerson } from '../record-for-person.ts';
import { rememberPlace } from './known-place.ts';
import { acceptProof, provePassword } from './prove-password.ts';
import { deleteSessions } from './session-life-store.ts';
import { startSession } from './start-session.ts';
import type { Visitor } from './visitor.ts';

/** The result of a step of signing in. */
export interface SignedIn {
  readonly person_sid: string;
  /** The value of the session's cookie. */
  readonly cookie: string;
  /** The new cookie of the known browser; null while a step is missing. */
  readonly browser: string | null;
  /** `password` means that the second factor is missing, and that nothing else may be done. */
  readonly state: 'password' | 'full';
}

/** A person as an author in the audit log. @param address the peer's address */
export function personActor(person_sid: string, address: string | null = null): Actor {
  return { kind: 'person', sid: person_sid, grant_sid: null, address };
}

/**
 * Signs in with an e-mail address and a password.
 * @throws ApiError 403 when they do not fit, 429 when it is too early, 503 when too many hashes
 *   wait
 */
export async function signIn(
  visitor: Visitor,
  entered: { readonly email: string; readonly password: string },
): Promise<SignedIn> {
  const { app } = visitor;
  const proof = await provePassword(visitor, entered);
  return act(app, personActor(proof.person.sid, visitor.network), async (doing) =>
    enter(doing, visitor, await acceptProof(app, doing.tx, proof)),
  );
}

/**
 * Proves a person's identity again, before something sensitive. The person signs in again with the
 * second factor, so that a stolen or forgotten session is not enough.
 * @throws ApiError as `signIn`
 */
export function confirmSession(
  visitor: Visitor & { readonly person: Pick<Person, 'email'> },
  password: string,
): Promise<SignedIn> {
  return signIn(visitor, { email: visitor.person.email, password });
}

/** Begins a session after the right password, and ends the browser's old sessions. */
export async function enter(
  doing: Act,
  visitor: Visitor,
  { sid: person_sid }: Pick<Person, 'sid'>,
): Promise<SignedIn> {
  const needsMore = await hasSecondFactor(doing.tx, person_sid);
  const state = needsMore ? 'password' : 'full';
  return replaceSession(doing, visitor, { person_sid, state });
}

/**
 * Begins a session that replaces the browser's old sessions.
 * @param begun `date_confirmed` is the last time when the person proved their identity; by default now
 */
export async function replaceSession(
  doing: Act,
  visitor: Visitor,
  begun: Pick<SignedIn, 'person_sid' | 'state'> & { readonly date_confirmed?: number },
): Promise<SignedIn> {
  const { person_sid, state } = begun;
  const { session, half_session, user_agent } = visitor;
  const ending = [session, half_session].flatMap((one) => (one ? [one.digest] : []));
  await deleteSessions(doing.tx, ending);
  const cookie = await startSession(doing, person_sid, { ...begun, user_agent });
  if (state !== 'full') return { person_sid, cookie, state, browser: null };
  await recordForPerson(doing, person_sid, 'session.started');
  return { person_sid, cookie, state, browser: await rememberPlace(doing, visitor, person_sid) };
}
