import type { Session } from '../access/session-store.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { upgradeAccount } from '../accounts/upgrade-account.ts';
import { fetchGrant, type GrantLimits } from '../authorizations/grant-store.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import { findConnectApp } from '../connect-apps/connect-app-store.ts';
import {
  openPage,
  type PageAnswer,
  type PageCall,
  returnTo,
  seeOther,
} from '../http/pages/page.ts';
import { type Form, singleValue } from '../http/parameters/form.ts';
import { badParameter, NotFound, orNotFound } from '../kit/api-error.ts';
import { digestOf } from '../kit/seal.ts';
import { isSid } from '../kit/sid.ts';
import { endSession } from '../people/sign-in/end-session.ts';
import { answerConsent, isOffered } from './answer-consent.ts';
import { askConsent } from './ask-consent.ts';
import { readCallback } from './callback.ts';
import { carry, readCarried } from './carried-link.ts';
import { type Link, RETURN_MS, readState, ruleOfState } from './interaction.ts';
import { fetchInteraction } from './interaction-store.ts';
import { readLimits } from './limits-form.ts';
import { appMissing, badLink, outcomeView } from './outcome-views.ts';

/**
 * The flow behind the Connect button (docs/contract/connect.md, "Authorize page"): sign in or up,
 * upgrade a Trial account, then authorise or deny. Only an answer to a page that was shown to the
 * same session grants anything (`answer-consent.ts`).
 */

const authorizePage = openPage({
  id: 'Authorize',
  path: '/authorize/:Sid',
  async show(call) {
    const app = await offeredApp(call);
    if (!app) return appMissing();
    const link = await linkOf(call, app);
    if ('fault' in link) return badLink(app, link.fault);
    if (!call.session) return signInFirst(call, app, link);
    const { session } = call;
    return askConsent({ ...call, session }, app, {
      ...link,
      account_sid: await accountOf(call),
    });
  },
  async submit(call) {
    const app = await offeredApp(call);
    if (!app) return appMissing();
    const interaction = singleValue(call.form, 'interaction') ?? '';
    if (!call.session || !call.change) return signInAgain(call, interaction);
    const answer = singleValue(call.form, 'answer');
    if (answer !== 'authorize' && answer !== 'deny') {
      throw badParameter('answer', 'must be authorize or deny');
    }
    if (answer === 'deny') {
      return giveAnswer(call, app, call.session, { interaction, answer: 'denied', limits: {} });
    }
    const limits = readLimits(call.form, call.app.now(), await standingOf(call, app, interaction));
    return giveAnswer(call, app, call.session, { interaction, answer: 'authorized', limits });
  },
});

/** The limits that stand for the account of an interaction. */
async function standingOf(
  { db }: PageCall,
  { sid }: ConnectApp,
  interaction: string,
): Promise<GrantLimits | null> {
  const account_sid = (await fetchInteraction(db, digestOf(interaction)))?.account_sid ?? null;
  return account_sid === null ? null : ((await fetchGrant(db, sid, account_sid)) ?? null);
}

async function giveAnswer(
  call: PageCall<'Sid'>,
  app: ConnectApp,
  session: Session,
  given: Omit<Parameters<typeof answerConsent>[2], 'connect_app_sid'>,
): Promise<PageAnswer> {
  if (!call.change) return signInAgain(call, given.interaction);
  const opened = await fetchInteraction(call.db, digestOf(given.interaction));
  const outcome = await call.change(
    (act) => answerConsent(act, session, { connect_app_sid: app.sid, ...given }),
    opened?.account_sid,
  );
  return outcome.kind === 'redirect'
    ? seeOther(outcome.url)
    : outcomeView(app, outcome, retryPath(app.sid, given.interaction));
}

/** The upgrade before consent: one click in development. In production the operator upgrades. */
const upgradePage = openPage({
  id: 'AuthorizeUpgrade',
  path: '/authorize/:Sid/upgrade',
  development_only: true,
  async submit(call) {
    const interaction = singleValue(call.form, 'interaction') ?? '';
    const account_sid = singleValue(call.form, 'account_sid') ?? '';
    const { change, accounts, path } = call;
    if (!change) return signInAgain(call, interaction);
    if (!accounts.some(({ sid }) => sid === account_sid)) throw new NotFound();
    await change(async (act) => {
      const account = orNotFound(await fetchAccount(act.tx, account_sid));
      await upgradeAccount(act, account);
    }, account_sid);
    const back = retryPath(path.Sid, interaction);
    return seeOther(`${back}&account_sid=${account_sid}`, { notice: 'The account is upgraded.' });
  },
});

/** The link "Not you?": signs out and returns to the same request, for another person. */
const signOutPage = openPage({
  id: 'AuthorizeSignOut',
  path: '/authorize/:Sid/sign-out',
  async submit({ app, session, path, form }) {
    if (session) await app.database.write((tx) => endSession({ tx }, session.digest));
    const back = retryPath(path.Sid, singleValue(form, 'interaction') ?? '');
    return seeOther('/login', { cookies: [{ name: 'session', value: null }, returnTo(back)] });
  },
});

/** The app of the address; null when customers may not authorise it. */
async function offeredApp({ db, path }: PageCall<'Sid'>): Promise<ConnectApp | null> {
  const { Sid } = path;
  const app = isSid('CN', Sid) ? await findConnectApp(db, Sid) : undefined;
  return app && (await isOffered(db, app)) ? app : null;
}

/** The link's parameters, from the address or from before the sign-in. */
async function linkOf(
  call: PageCall,
  connectApp: ConnectApp,
): Promise<Link | { readonly fault: string }> {
  const { app, db, query } = call;
  const id = idOf(call);
  if (id !== undefined) {
    const kept = await fetchInteraction(db, digestOf(id));
    const isOurs = kept !== undefined && kept.connect_app_sid === connectApp.sid;
    if (!isOurs || app.realNow() - kept.date_created > RETURN_MS) {
      return { fault: 'It was open for too long, or begun in another window.' };
    }
    const { extra_query } = kept;
    return { state: readState(kept), extra_query, ignored_cb: null };
  }
  const linked = linkedBy(query);
  if (!linked) return { fault: 'The link is not whole.' };
  const { states, cbs } = linked;
  if (states.length > 1) return { fault: 'The link carries more than one state.' };
  const cb = readCallback(connectApp.authorize_redirect_url, cbs);
  const { extra_query, ignored_cb } = cb;
  if (ignored_cb !== null) {
    const told = { connect_app_sid: connectApp.sid, cb: ignored_cb };
    app.log.warn(told, 'the cb of a Connect link is not the Authorize URL of the app: ignored');
  }
  const [state = cb.state] = states;
  const rule = state === null ? null : ruleOfState(state);
  if (rule !== null) return { fault: `The state in the link ${rule}.` };
  return { state, extra_query, ignored_cb };
}

/** The earlier visit that this page goes on from: the one with a wrong entry, or before the sign-in. */
function idOf({ problem, form, query }: PageCall): string | undefined {
  return (problem ? form : query).get('interaction')?.[0];
}

/** The account of the page that is shown again, or the one that the person chose. */
async function accountOf(call: PageCall): Promise<string | undefined> {
  if (!call.problem) return singleValue(call.query, 'account_sid');
  const id = idOf(call);
  if (id === undefined) return undefined;
  return (await fetchInteraction(call.db, digestOf(id)))?.account_sid ?? undefined;
}

/** Sends a stranger to the sign-in. The return path carries the link, so nothing is stored. */
function signInFirst({ query }: PageCall, connectApp: ConnectApp, link: Link): PageAnswer {
  const [cb] = linkedBy(query)?.cbs ?? [];
  const carried = new URLSearchParams({ link: carry(link, cb) });
  const back = `/authorize/${connectApp.sid}?${carried.toString()}`;
  return seeOther('/login', { cookies: [returnTo(back)] });
}

/** The parameters in the page's address, or those carried from before the sign-in. */
function linkedBy(
  query: Form,
): { readonly states: readonly string[]; readonly cbs: readonly string[] } | null {
  const given = query.get('link')?.[0];
  if (given === undefined) return { states: query.get('state') ?? [], cbs: query.get('cb') ?? [] };
  const carried = readCarried(given);
  if (!carried) return null;
  const { state, cb } = carried;
  return { states: state === null ? [] : [state], cbs: cb === null ? [] : [cb] };
}

/** The session ended while the page was open. */
function signInAgain({ path }: PageCall<'Sid'>, interaction: string): PageAnswer {
  return seeOther('/login', { cookies: [returnTo(retryPath(path.Sid, interaction))] });
}

/** The path that opens the page again with the state of an earlier visit. */
function retryPath(connect_app_sid: string, interaction: string): string {
  const query = new URLSearchParams({ interaction });
  return `/authorize/${connect_app_sid}?${query.toString()}`;
}

export const consentPages = [authorizePage, upgradePage, signOutPage];
