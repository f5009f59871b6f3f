import { fetchAccountOfPerson, type Session } from '../access/session-store.ts';
import type { Account } from '../accounts/account.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { authorizeApp } from '../authorizations/authorize-app.ts';
import type { Grant } from '../authorizations/grant.ts';
import { fetchGrant, type GrantLimits } from '../authorizations/grant-store.ts';
import { redirectAuthorized, redirectDenied } from '../authorizations/redirect-to-app.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
import type { Db } from '../db/database.ts';
import { lockAccount } from '../db/limit.ts';
import { digestOf } from '../kit/seal.ts';
import { changeGrantLimits } from '../usage/change-limits.ts';
import { INTERACTION_MS, type Interaction, REPEAT_MS, readState, shownOf } from './interaction.ts';
import { claimInteraction, fetchInteraction, writeRedirect } from './interaction-store.ts';

export type ConsentAnswer = NonNullable<Interaction['answer']>;

/** The outcome of an answer to the consent page. */
export type Outcome =
  /** The answer was taken. The browser goes on to the app, or the app has no address. */
  | { readonly kind: 'redirect'; readonly url: string }
  | { readonly kind: 'no-address'; readonly answer: ConsentAnswer; readonly grant: Grant | null }
  /** The page was not shown to this session, or it is too old. Nothing is granted. */
  | { readonly kind: 'unknown' | 'expired' }
  /** The page was already answered, in this window or another. */
  | { readonly kind: 'answered'; readonly answer: ConsentAnswer | null }
  /** The app or the existing grant has changed since the page was shown. Nothing is granted. */
  | { readonly kind: 'changed' };

/**
 * Takes a person's answer to the consent page. The transaction checks again all facts behind the
 * page: its session, the membership in the account, the app as shown, and the standing grant
 * (docs/threats.md, T10). An interaction counts only once. A repeated answer within a minute, such
 * as a double click, gets the same redirect and changes nothing.
 *
 * @throws ApiError 400 when `authorizeApp` refuses the account, or for a limit that cannot be.
 */
export async function answerConsent(
  act: Act,
  session: Session,
  given: {
    readonly connect_app_sid: string;
    readonly interaction: string;
    readonly answer: ConsentAnswer;
    /** The limits that the customer chose; a missing one stays. */
    readonly limits: Partial<GrantLimits>;
  },
): Promise<Outcome> {
  const { app, tx } = act;
  const { connect_app_sid, answer } = given;
  const digest = digestOf(given.interaction);
  const now = app.realNow();
  const opened = await fetchInteraction(tx, digest);
  if (opened?.session_digest !== session.digest || opened.connect_app_sid !== connect_app_sid) {
    return { kind: 'unknown' };
  }
  const isFirst = await claimInteraction(tx, digest, { answer, date_answered: now });
  const interaction = (await fetchInteraction(tx, digest)) ?? opened;
  if (!isFirst) return repeated(interaction, answer, now);
  if (now - interaction.date_created > INTERACTION_MS) return { kind: 'expired' };

  const { account_sid, grant_version } = interaction;
  if (account_sid === null) return { kind: 'unknown' };
  await lockAccount(tx, app.database.engine, account_sid);
  const customer = await fetchAccountOfPerson(tx, session.person.sid, account_sid);
  const connectApp = await findConnectApp(tx, connect_app_sid);
  if (!customer || !connectApp || !(await isOffered(tx, connectApp))) return { kind: 'changed' };
  const standing = versionOf(await fetchGrant(tx, connect_app_sid, customer.sid));
  if (shownOf(connectApp) !== interaction.shown || standing !== grant_version) {
    return { kind: 'changed' };
  }
  return answer === 'authorized'
    ? authorize(act, { ...interaction, limits: given.limits }, connectApp, customer)
    : deny(act, interaction, connectApp, customer);
}

/** The version of a standing grant; 0 when there is none or it was revoked. */
export function versionOf(grant: Grant | undefined): number {
  return grant && grant.date_revoked === null ? grant.version : 0;
}

/** Whether customers may authorise an app. If its owner is not active, the app cannot act. */
export async function isOffered(db: Db, app: ConnectApp): Promise<boolean> {
  return (await fetchAccount(db, app.account_sid))?.status === 'active';
}

function repeated(interaction: Interaction, answer: ConsentAnswer, now: number): Outcome {
  const { redirect_url, date_answered } = interaction;
  const isRepeat = interaction.answer === answer && now - (date_answered ?? 0) <= REPEAT_MS;
  if (isRepeat && redirect_url !== null) return { kind: 'redirect', url: redirect_url };
  return { kind: 'answered', answer: interaction.answer };
}

async function authorize(
  act: Act,
  interaction: Interaction & { readonly limits: Partial<GrantLimits> },
  connectApp: ConnectApp,
  customer: Account,
): Promise<Outcome> {
  const { digest, extra_query, limits } = interaction;
  const state = readState(interaction);
  const grant = await authorizeApp(act, connectApp, customer);
  await changeGrantLimits(act, grant, limits);
  const { subaccount_sid } = grant;
  const url = await redirectAuthorized(act, connectApp, {
    subaccount_sid,
    state,
    extra_query,
  });
  await writeRedirect(act.tx, digest, url);
  return url === null
    ? { kind: 'no-address', answer: 'authorized', grant }
    : { kind: 'redirect', url };
}

async function deny(
  act: Act,
  { digest, extra_query }: Interaction,
  connectApp: ConnectApp,
  customer: Account,
): Promise<Outcome> {
  act.record({
    action: 'grant.denied',
    account_sid: customer.sid,
    target_sid: connectApp.sid,
    detail: { friendly_name: connectApp.friendly_name },
  });
  const url = redirectDenied(connectApp, extra_query);
  await writeRedirect(act.tx, digest, url);
  return url === null
    ? { kind: 'no-address', answer: 'denied', grant: null }
    : { kind: 'redirect', url };
}
