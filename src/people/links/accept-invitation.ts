import { type Act, act } from '../../audit/act.ts';
import type { Db } from '../../db/database.ts';
import { badRequest } from '../../kit/api-error.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { addMember, createPerson } from '../create-person.ts';
import { type Person, readName } from '../person.ts';
import { fetchPersonByEmail } from '../person-store.ts';
import { notingRefusal } from '../sign-in/note-refusal.ts';
import { hashPassword } from '../sign-in/password.ts';
import { demandGoodPassword } from '../sign-in/password-rule.ts';
import { acceptProof, provePassword, WrongPassword } from '../sign-in/prove-password.ts';
import { enter, personActor, type SignedIn } from '../sign-in/sign-in.ts';
import { alreadyThere } from '../sign-in/sign-up.ts';
import type { Visitor } from '../sign-in/visitor.ts';
import { linkDigest, linkIsOver, type OneTimeLink } from './one-time-link.ts';
import { fetchOpenLink, takeLink } from './one-time-link-store.ts';

/**
 * Finds a link by its secret.
 * @throws ApiError 410 for a link that no longer works, or never existed
 */
export async function openLink(db: Db, secret: string, now: EpochMs): Promise<OneTimeLink> {
  const digest = linkDigest(secret);
  const link = digest === null ? undefined : await fetchOpenLink(db, digest, now);
  if (!link) throw linkIsOver();
  return link;
}

/** Uses up a link. @throws ApiError 410 */
export async function useLink(
  { app, tx }: Pick<Act, 'app' | 'tx'>,
  secret: string,
  purpose: OneTimeLink['purpose'],
): Promise<OneTimeLink> {
  const digest = linkDigest(secret);
  const link = digest === null ? undefined : await takeLink(tx, digest, purpose, app.realNow());
  if (!link) throw linkIsOver();
  return link;
}

/**
 * Accepts an invitation. It makes a person, who joins the inviting account or gets a Trial account,
 * and signs them in. A person who already has a login with the invited address joins by giving its
 * password.
 * @throws ApiError 410 when the link has ended, 400 for an invalid field, 409 when there is a login
 *   with another password, 429 and 503 as `signIn`
 */
export async function acceptInvitation(
  visitor: Visitor,
  secret: string,
  entered: { readonly name: string; readonly password: string },
): Promise<SignedIn> {
  const { app } = visitor;
  const { db } = app.database;
  const { email } = await openLink(db, secret, app.realNow());
  const { password } = entered;
  if (await fetchPersonByEmail(db, email))
    return joinWithPassword(visitor, secret, email, password);
  const name = readName(entered.name);
  await demandGoodPassword(password, { email, name });
  const password_hash = await hashPassword(app, password);
  const sid = app.newSid('PE');
  return act(app, personActor(sid, visitor.network), async (doing) => {
    const { account_sid } = await useLink(doing, secret, 'invitation');
    const own_account = account_sid === null;
    const wanted = { sid, email, name, password_hash, account_sid, own_account };
    const person = await createPerson(doing, wanted);
    return enter(doing, visitor, person);
  });
}

async function joinWithPassword(
  visitor: Visitor,
  secret: string,
  email: string,
  password: string,
): Promise<SignedIn> {
  const { app } = visitor;
  const proving = provePassword(visitor, { email, password });
  const proof = await notingRefusal(visitor, 'invitation', proving).catch((error: unknown) => {
    throw error instanceof WrongPassword ? alreadyThere() : error;
  });
  return act(app, personActor(proof.person.sid, visitor.network), async (doing) => {
    const person = await acceptProof(app, doing.tx, proof);
    await joinByInvitation(doing, secret, person);
    return enter(doing, visitor, person);
  });
}

/**
 * Accepts an invitation for a person who is signed in with the invited address.
 * @returns the joined account; null when the invitation names no account
 * @throws ApiError 410 when the link has ended, 400 when it invites another address
 */
export async function joinByInvitation(
  act: Act,
  secret: string,
  person: Pick<Person, 'sid' | 'email'>,
): Promise<string | null> {
  const link = await useLink(act, secret, 'invitation');
  if (link.email !== person.email) {
    throw badRequest(
      `This invitation is for ${link.email}, and you are signed in as ${person.email}: log out, then open it again.`,
    );
  }
  if (link.account_sid !== null) await addMember(act, link.account_sid, person);
  return link.account_sid;
}
