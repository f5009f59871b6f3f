import type { MemberAccount, Session } from '../access/session-store.ts';
import type { Grant } from '../authorizations/grant.ts';
import { fetchGrant } from '../authorizations/grant-store.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { fetchLogoDigests } from '../connect-apps/logo-store.ts';
import type { PageAnswer, PageCall } from '../http/pages/page.ts';
import { digestOf } from '../kit/seal.ts';
import { fetchNumberCountries } from '../numbers/incoming-phone-number-store.ts';
import { versionOf } from './answer-consent.ts';
import { consentView, noAccountView, suspendedView, upgradeView } from './consent-views.ts';
import { INTERACTION_BYTES, type Link, shownOf, writeState } from './interaction.ts';
import { insertInteraction } from './interaction-store.ts';
import { chosenLimits, firstLimits } from './limits-form.ts';
import type { LimitFields } from './limits-views.ts';

/** The parameters in the page's address. */
interface Asked extends Link {
  /** The account that the user chose on the page; undefined for the most suitable one. */
  readonly account_sid: string | undefined;
}

/**
 * Shows the consent page, or a page that must come before it, to a signed-in person. It stores the
 * shown facts with the session, so that the answer can be checked against them.
 */
export async function askConsent(
  call: PageCall & { readonly session: Session },
  connectApp: ConnectApp,
  { state, extra_query, ignored_cb, account_sid }: Asked,
): Promise<PageAnswer> {
  const { app, accounts, session, db } = call;
  const account = accounts.find(({ sid }) => sid === account_sid) ?? bestOf(accounts);
  if (!account) return noAccountView(call, connectApp);

  const standing = await fetchGrant(db, connectApp.sid, account.sid);
  const interaction = app.randomBytes(INTERACTION_BYTES).toString('base64url');
  await app.database.write((tx) =>
    insertInteraction(tx, {
      digest: digestOf(interaction),
      connect_app_sid: connectApp.sid,
      root_sid: connectApp.root_sid,
      state: writeState(state),
      session_digest: session.digest,
      person_sid: session.person.sid,
      account_sid: account.sid,
      shown: shownOf(connectApp),
      grant_version: versionOf(standing),
      answer: null,
      redirect_url: null,
      extra_query,
      ignored_cb,
      date_created: app.realNow(),
      date_answered: null,
    }),
  );
  const logo = (await fetchLogoDigests(db, [connectApp.sid])).get(connectApp.sid) ?? null;
  const limits = await limitsShown(call, account, standing);
  const shown = {
    connect_app: connectApp,
    logo,
    account,
    interaction,
    standing: standing ?? null,
    limits,
  };
  if (account.status !== 'active') return suspendedView(call, shown);
  if (account.type !== 'Full') return upgradeView(call, shown);
  return consentView(call, shown);
}

/** Prefers an account that can authorise immediately to one that needs an upgrade. */
function bestOf(accounts: readonly MemberAccount[]): MemberAccount | undefined {
  const active = accounts.filter(({ status }) => status === 'active');
  return active.find(({ type }) => type === 'Full') ?? active[0] ?? accounts[0];
}

/** The fields of the limits: as sent with a wrong entry, or as they stand. */
async function limitsShown(
  { db, form }: PageCall,
  account: MemberAccount,
  standing: Grant | undefined,
): Promise<LimitFields> {
  const home = await fetchNumberCountries(db, account.sid);
  const chosen = chosenLimits(form, standing ?? firstLimits(home), home);
  return { chosen, home, standing: standing?.countries ?? null };
}
