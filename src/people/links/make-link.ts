import type { Act } from '../../audit/act.ts';
import { lockAccount } from '../../db/limit.ts';
import { badRequest } from '../../kit/api-error.ts';
import { digestOf } from '../../kit/seal.ts';
import { type Person, readEmail } from '../person.ts';
import { endAllSessions } from '../sign-in/end-session.ts';
import { LINK_MS, MAX_INVITATIONS, newLinkSecret, type OneTimeLink } from './one-time-link.ts';
import { countOpenInvitations, deleteInvitations, insertLink } from './one-time-link-store.ts';

/**
 * Invites a person to an account, or to make an account of their own. A newer invitation for the
 * same address replaces the older one.
 * @returns the secret of the link, which works once within seven days. No mail is sent: the caller
 *   hands the link over.
 * @throws ApiError 400 for an invalid address, and when too many invitations are open
 */
export async function invitePerson(
  act: Act,
  wanted: Pick<OneTimeLink, 'account_sid' | 'email'>,
): Promise<string> {
  const { app, tx, record } = act;
  const { account_sid } = wanted;
  const email = readEmail(wanted.email);
  if (account_sid !== null) await lockAccount(tx, app.database.engine, account_sid);
  await deleteInvitations(tx, account_sid, email);
  if ((await countOpenInvitations(tx, account_sid, app.realNow())) >= MAX_INVITATIONS) {
    throw badRequest(
      `There may be ${MAX_INVITATIONS} open invitations: wait until some are used, or take some back.`,
    );
  }
  const secret = await makeLink(act, 'invitation', email, account_sid);
  if (account_sid !== null) {
    record({ action: 'invitation.made', account_sid, target_sid: null, detail: { email } });
  }
  return secret;
}

/** Withdraws an invitation. @returns false when there is none */
export async function withdrawInvitation(
  { tx, record }: Act,
  account_sid: string,
  email: string,
): Promise<boolean> {
  if (!(await deleteInvitations(tx, account_sid, email))) return false;
  record({ action: 'invitation.withdrawn', account_sid, target_sid: null, detail: { email } });
  return true;
}

/**
 * Makes a link that sets a person's password, once and within a day. The operator hands it over.
 * All sessions of the person end, because a lost password may be in the wrong hands.
 * @throws ApiError 400 for a disabled person
 */
export async function makePasswordLink(
  act: Act,
  person: Pick<Person, 'sid' | 'email' | 'date_disabled'>,
): Promise<string> {
  if (person.date_disabled !== null) {
    throw badRequest(`${person.email} is disabled: enable them first, then make the link.`);
  }
  await endAllSessions(act, person.sid);
  return makeLink(act, 'password', person.email, null);
}

async function makeLink(
  { app, tx }: Act,
  purpose: OneTimeLink['purpose'],
  email: string,
  account_sid: string | null,
): Promise<string> {
  const secret = newLinkSecret(app.randomBytes);
  const now = app.realNow();
  await insertLink(tx, {
    digest: digestOf(secret),
    purpose,
    email,
    account_sid,
    date_created: now,
    date_expires: now + LINK_MS[purpose],
    date_used: null,
  });
  return secret;
}
