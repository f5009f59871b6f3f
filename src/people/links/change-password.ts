import { fetchSession } from '../../access/session-store.ts';
import { type Act, act } from '../../audit/act.ts';
import { ApiError, badParameter } from '../../kit/api-error.ts';
import { hasSecondFactor } from '../factors/second-factor-store.ts';
import type { Person } from '../person.ts';
import { fetchPersonByEmail, writePassword } from '../person-store.ts';
import { recordForPerson } from '../record-for-person.ts';
import { notingRefusal } from '../sign-in/note-refusal.ts';
import { hashPassword } from '../sign-in/password.ts';
import { demandGoodPassword } from '../sign-in/password-rule.ts';
import { acceptProof, provePassword, WrongPassword } from '../sign-in/prove-password.ts';
import { deleteSessionsOf } from '../sign-in/session-life-store.ts';
import { enter, personActor, replaceSession, type SignedIn } from '../sign-in/sign-in.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { openLink, useLink } from './accept-invitation.ts';
import { linkIsOver } from './one-time-link.ts';
import { endPasswordLinks } from './one-time-link-store.ts';

type Known = Pick<Person, 'sid' | 'email' | 'name'>;

/**
 * Changes the password of a signed-in person. All their sessions end, and the present browser gets
 * a new one. For a person with a second factor, the current password is not a full proof of
 * identity, so the new session keeps the confirmation time of the old one.
 * @throws ApiError 400 when the current password is wrong or the new one breaks the rule, 401 when
 *   the session has ended meanwhile, 429 and 503 as `signIn`
 */
export async function changePassword(
  visitor: Visitor & { readonly person: Known },
  entered: { readonly current: string; readonly password: string },
): Promise<SignedIn> {
  const { app, person } = visitor;
  const { email, sid } = person;
  const proving = provePassword(visitor, { email, password: entered.current });
  const proof = await notingRefusal(visitor, 'password_change', proving).catch((error: unknown) => {
    throw error instanceof WrongPassword ? badParameter('CurrentPassword', 'is not right') : error;
  });
  await demandGoodPassword(entered.password, person, 'NewPassword');
  const hash = await hashPassword(app, entered.password);
  return act(app, personActor(sid, visitor.network), async (doing) => {
    const { tx } = doing;
    await acceptProof(app, tx, proof);
    const standing = await fetchSession(tx, visitor.session?.digest ?? '');
    if (!standing) throw new ApiError(401, 20003, 'Your session has ended. Log in again.');
    await storePassword(doing, person, hash);
    const provesAll = !(await hasSecondFactor(tx, sid));
    const date_confirmed = provesAll ? app.realNow() : standing.date_confirmed;
    return replaceSession(doing, visitor, { person_sid: sid, state: 'full', date_confirmed });
  });
}

/**
 * Sets a password by a link of the operator. All sessions end. The browser gets a new session,
 * which still needs the second factor if the person has one.
 * @throws ApiError 410 when the link has ended, 400 when the password breaks the rule
 */
export async function setPasswordByLink(
  visitor: Visitor,
  secret: string,
  password: string,
): Promise<SignedIn> {
  const { app } = visitor;
  const { email, purpose } = await openLink(app.database.db, secret, app.realNow());
  const person = await fetchPersonByEmail(app.database.db, email);
  if (!person || purpose !== 'password' || person.date_disabled !== null) throw linkIsOver();
  await demandGoodPassword(password, person);
  const hash = await hashPassword(app, password);
  return act(app, personActor(person.sid, visitor.network), async (doing) => {
    await useLink(doing, secret, 'password');
    await storePassword(doing, person, hash);
    return enter(doing, visitor, person);
  });
}

async function storePassword(act: Act, { sid, email }: Known, hash: string): Promise<void> {
  const { app, tx } = act;
  const now = app.realNow();
  await writePassword(tx, { person_sid: sid, hash, date_changed: now });
  await deleteSessionsOf(tx, sid, null);
  await endPasswordLinks(tx, email, now);
  await recordForPerson(act, sid, 'password.changed');
}
