import { cookieOf, ownFile, page, redirect, redirectAs, say, setCookie } from './demo-answers.ts';
import { lostPage, sdkMissingPage } from './demo-frame.ts';
import { DemoMemory, isSame, type Message, type Session } from './demo-memory.ts';
import { DemoPlatform, type Outcome, type Sdk } from './demo-platform.ts';
import type { DemoSettings } from './demo-settings.ts';
import { faqPage, homePage, termsPage } from './demo-views.ts';

/** One request of a browser. */
interface Visit {
  readonly settings: DemoSettings;
  readonly memory: DemoMemory;
  readonly platform: DemoPlatform;
  readonly session: Session;
  readonly query: URLSearchParams;
  readonly form: URLSearchParams;
  /** The unchanged query, with its question mark. */
  readonly search: string;
}

type Handler = (visit: Visit) => Response | Promise<Response>;

/** The handlers of this app, by method and path below its home. */
const HANDLERS: Readonly<Record<string, Handler>> = {
  'GET /': showHome,
  'GET /faq': (visit) => page(visit.settings, faqPage(visit)),
  'GET /terms': (visit) => page(visit.settings, termsPage(visit)),
  'GET /authorize': comeBack,
  'POST /login': logIn,
  'POST /logout': logOut,
  'POST /policies': makePolicy,
  'POST /disconnect': disconnect,
};

const USER_NAME = /^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,39}$/u;
const ACCOUNT_SID = /^AC[0-9a-f]{32}$/i;

/**
 * A complete Connect app, as a developer would write it for any Connect platform. It does not
 * depend on its server: it is a fetch handler, which any framework can call. It needs only the
 * official SDK. docs/guides/connect-app.md explains it.
 *
 * `loadSdk` is called at the first use of the SDK, because loading takes a moment.
 */
export function demoApp(
  settings: DemoSettings,
  memory = new DemoMemory(),
  loadSdk: () => Promise<Sdk> = () => import('twilio'),
): (request: Request) => Promise<Response> {
  const home = new URL(settings.home);
  return async (request) => {
    const url = new URL(request.url);
    const path = url.pathname.slice(home.pathname.length) || '/';
    const method = request.method === 'HEAD' ? 'GET' : request.method;
    const file = ownFile(path);
    if (file) return file;
    const sdk = await loadSdk().catch(() => null);
    if (!sdk) return page(settings, sdkMissingPage(settings), 503);
    const platform = new DemoPlatform(settings, sdk);

    // The platform's server calls this address. It has no cookie and proves itself by a signature.
    if (path === '/deauthorize') return forget(request, url, { settings, memory, platform });

    const handle = HANDLERS[`${method} ${path}`];
    if (!handle) {
      const text = 'There is no such page.';
      return page(settings, lostPage(settings, { title: 'Not found', text }), 404);
    }
    // The platform redirects users to `home`. A cookie for another name of this machine, such as
    // 127.0.0.1 for localhost, would then be missing.
    if (method === 'GET' && url.origin !== home.origin) {
      return redirect(home.origin + url.pathname + url.search);
    }
    const known = memory.session(cookieOf(request));
    const session = known ?? memory.begin(null);
    const form = new URLSearchParams(method === 'POST' ? await request.text() : '');
    const isOwnForm = isSame(form.get('form_token') ?? '', session.form_token);
    if (method === 'POST' && !isOwnForm) {
      const text = 'The form has become too old, or came from another site. Nothing was done.';
      return page(settings, lostPage(settings, { title: 'Please try again', text }), 403);
    }
    const { searchParams: query, search } = url;
    const response = await handle({ settings, memory, platform, session, query, form, search });
    if (!known && !response.headers.has('set-cookie')) setCookie(response, settings, session);
    return response;
  };
}

/**
 * The login stub. A real app also needs a login of its own before the Connect button, because a
 * Connect answer names the account that may be used, but not the person who brought it.
 */
function logIn({ memory, session, form, settings }: Visit): Response {
  const user = (form.get('user_name') ?? '').trim().normalize('NFC');
  if (!USER_NAME.test(user)) {
    return say(settings, session, {
      kind: 'bad',
      text: 'A user name begins with a letter or a digit and has up to 40 of them.',
    });
  }
  return redirectAs(settings, memory.begin(user, session));
}

function logOut({ memory, session, settings }: Visit): Response {
  return redirectAs(settings, memory.begin(null, session));
}

async function showHome(visit: Visit): Promise<Response> {
  const { session, memory, platform, settings } = visit;
  const { user, message } = session;
  session.message = null;
  const account_sid = user === null ? null : memory.accountOf(user);
  const home = {
    message,
    account_sid,
    asked: user === null ? null : await platform.askedPermissions(),
    overview: account_sid === null ? null : await platform.overview(account_sid),
    was_revoked: user !== null && memory.wasRevoked(user),
  };
  return page(settings, homePage(visit, home));
}

/**
 * The Authorize URL. The customer's browser comes here from the consent page, with `AccountSid` and
 * the button's `state`, or only with `error=unauthorized_client`.
 */
async function comeBack(visit: Visit): Promise<Response> {
  const { session, query, search, memory, platform, settings } = visit;
  const { user } = session;
  const lost = (title: string, text: string, status: number) =>
    page(settings, lostPage(settings, { title, text }), status);
  if (user === null) {
    return lost('Log in first', 'Nothing was connected. Log in, then connect again.', 401);
  }
  // A denial comes without a state. It changes nothing, so it needs none.
  if (query.has('error')) {
    return say(settings, session, {
      kind: 'bad',
      text: 'You did not authorize Tieline Demo, so nothing was connected.',
      detail: `error=${query.get('error')}`,
    });
  }
  const account_sid = single(query, 'AccountSid');
  if (account_sid === null || !ACCOUNT_SID.test(account_sid)) {
    return lost('That did not work', 'The address carries no AccountSid.', 400);
  }
  // After a double click on Authorize the browser arrives twice. The state is valid only once.
  if (memory.accountOf(user) === account_sid && !isOurs(session, query)) {
    return redirect(settings.home);
  }
  // The state ties the answer to the session that asked. Without it, an attacker's link could
  // connect the attacker's account to this user.
  if (!isOurs(session, query)) {
    const text =
      'This answer belongs to another session, or is an old one. Nothing was connected. ' +
      'Go to the start page and click the button again.';
    return lost('That did not work', text, 403);
  }
  // The state does not prove the AccountSid: a user can write another one into the address. Only a
  // signed redirect proves it. Without signed redirects, at least no two users share an account.
  const isSigned =
    !settings.signed_redirect || platform.isSignedRedirect(search, (nonce) => memory.isNew(nonce));
  if (!isSigned) {
    return lost('That did not work', 'The address was not signed by the platform, or is old.', 403);
  }
  const other = memory.userOf(account_sid);
  if (other !== null && other !== user) {
    const text = 'Another user of Tieline Demo is connected to this account and has to disconnect.';
    return lost('Connected already', text, 409);
  }
  memory.connect(user, account_sid);
  memory.renewState(session);
  // The redirect keeps the AccountSid out of the address bar and bookmarks.
  return say(settings, session, { kind: 'good', text: 'Your account is connected.' });
}

function isOurs({ state }: Session, query: URLSearchParams): boolean {
  return isSame(single(query, 'state') ?? '', state);
}

/**
 * The Deauthorize URL, which the platform calls after a customer has revoked. The request must be
 * signed, or anybody could end other people's connections. It may come twice or late without harm.
 */
async function forget(
  request: Request,
  { search, searchParams }: URL,
  { settings, memory, platform }: Pick<Visit, 'settings' | 'memory' | 'platform'>,
): Promise<Response> {
  if (request.method !== 'GET' && request.method !== 'POST') {
    return new Response(null, { status: 405, headers: { allow: 'GET, POST' } });
  }
  const isPost = request.method === 'POST';
  const sent = isPost ? new URLSearchParams(await request.text()) : searchParams;
  const signature = request.headers.get('x-twilio-signature') ?? '';
  const form = isPost ? Object.fromEntries(sent) : {};
  if (!platform.isSigned(signature, `/deauthorize${search}`, form)) {
    return new Response('The signature is wrong.\n', { status: 403 });
  }
  const account_sid = sent.get('AccountSid') ?? '';
  const user = memory.userOf(account_sid);
  if (sent.get('ConnectAppSid') !== settings.connect_app_sid || user === null) {
    return new Response(null, { status: 204 });
  }
  // A new authorization has the same AccountSid. A delayed callback may be older than that, so the
  // app checks whether the account is open now. If the platform does not answer, the app checks
  // again when the platform repeats the callback.
  const letsIn = await platform.stillLetsIn(account_sid);
  if (letsIn === null) return new Response(null, { status: 503 });
  if (!letsIn) memory.revoke(user);
  return new Response(null, { status: 204 });
}

/** Creates a connection policy in the customer's account, as an example of real use. */
async function makePolicy({ session, memory, platform, form, settings }: Visit): Promise<Response> {
  const account_sid = session.user === null ? null : memory.accountOf(session.user);
  if (account_sid === null) return redirect(settings.home);
  const made = await platform.makePolicy(account_sid, form.get('friendly_name') ?? '');
  return say(settings, session, answerText(made));
}

function answerText(made: Outcome<{ sid: string }>): Message {
  if (made.kind === 'done') {
    return { kind: 'good', text: 'The connection policy is made.', detail: made.value.sid };
  }
  const { status, message, reason } = made;
  return {
    kind: 'bad',
    text: status === null ? 'The platform did not answer.' : `The platform refused: ${message}`,
    ...(reason !== null && { detail: `Tieline-Reason: ${reason}` }),
  };
}

/** Ends the connection only in this app. Only the customer can revoke the right to the account. */
function disconnect({ session, memory, settings }: Visit): Response {
  if (session.user !== null) memory.disconnect(session.user);
  return say(settings, session, {
    kind: 'good',
    text: 'Tieline Demo has forgotten your account. It stays authorized until you revoke it there.',
  });
}

/** The value of a parameter that occurs exactly once; otherwise null. */
function single(query: URLSearchParams, name: string): string | null {
  const [value = null, ...more] = query.getAll(name);
  return more.length === 0 ? value : null;
}
