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

/** What a step of signing in leads to. */
export interface SignedIn {
  readonly person_sid: string;
  /** The value of the session's cookie. */
  readonly cookie: string;
  /** What the browser is known by from now on; null while a step is to come. */
  readonly browser: string | null;
  /** `password`: the second factor is still to come, and nothing else may be done. */
  readonly state: 'password' | 'full';
}

/** How a person signs the audit log. @param address of the peer */
export function personActor(person_sid: string, address: string | null = null): Actor {
  return { kind: 'person', sid: person_sid, grant_sid: null, address };
}

/**
 * Signs in with an address and a password.
 * @throws ApiError 403 when they do not fit, 429 when it is too early, 503 when too many wait.
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
 * Proves once more who somebody is, before something sensitive. It is signing in again, second
 * factor included, so that a session that was left open or stolen is not enough.
 * @throws ApiError as `signIn`
 */
export function confirmSession(
  visitor: Visitor & { readonly person: Pick<Person, 'email'> },
  password: string,
): Promise<SignedIn> {
  return signIn(visitor, { email: visitor.person.email, password });
}

/** Begins the session of somebody whose password was right, and ends the browser's old ones. */
export async function enter(
  doing: Act,
  visitor: Visitor,
  { sid: person_sid }: Pick<Person, 'sid'>,
): Promise<SignedIn> {
  const needsMore = await hasSecondFactor(doing.tx, person_sid);
  const state = needsMore ? 'password' : 'full';
  return replaceSession(doing, visitor, person_sid, state);
}

/**
 * Begins a session in the place of those that the browser had.
 * @param date_confirmed when the person last proved who they are; absent: just now.
 */
export async function replaceSession(
  doing: Act,
  visitor: Visitor,
  person_sid: string,
  state: SignedIn['state'],
  date_confirmed?: number,
): Promise<SignedIn> {
  const { session, half_session, user_agent } = visitor;
  const ending = [session, half_session].flatMap((one) => (one ? [one.digest] : []));
  await deleteSessions(doing.tx, ending);
  const cookie = await startSession(doing, person_sid, {
    state,
    user_agent,
    ...(date_confirmed !== undefined && { date_confirmed }),
  });
  if (state !== 'full') return { person_sid, cookie, state, browser: null };
  await recordForPerson(doing, person_sid, 'session.started');
  return { person_sid, cookie, state, browser: await rememberPlace(doing, visitor, person_sid) };
}
