import { html } from 'hono/html';
import { code, formToken, type Html, layout } from './demo-frame.ts';
import type { Message, Session } from './demo-memory.ts';
import type { Outcome, Overview } from './demo-platform.ts';
import type { DemoSettings } from './demo-settings.ts';

interface Around {
  readonly settings: DemoSettings;
  readonly session: Session;
}

/** The content of the start page for a signed-in user. */
export interface Home {
  readonly message: Message | null;
  readonly asked: Outcome<readonly string[]> | null;
  readonly account_sid: string | null;
  readonly overview: Overview | null;
  /** Whether the platform reported that the customer has revoked. */
  readonly was_revoked: boolean;
}

/** The steps of the demo. The second step has the Connect button. */
const STEPS = ['Log in', 'Connect', 'Use', 'Revoke'] as const;

export async function homePage({ settings, session }: Around, home: Home): Promise<string> {
  const { user } = session;
  const { overview, account_sid, message, was_revoked } = home;
  const frame = { settings, session };
  const shown = (title: string, step: number, body: Html) =>
    layout(frame, title, html`${steps(step)} ${note(message)} ${body}`);
  if (user === null) return shown('Your call routes in one place', 0, welcome(settings, session));
  if (account_sid !== null && overview?.account.kind === 'done') {
    const body = workspace(frame, account_sid, home, overview);
    return shown(`Hello, ${user}`, 2, body);
  }
  const body = connect(settings, session, home);
  if (!was_revoked) return shown('Connect your account', 1, body);
  const revoked = html`<p class="lead">
    You revoked Tieline Demo. It was told, and has forgotten your account.
  </p>`;
  return shown('Your account is disconnected', 3, html`${revoked} ${body}`);
}

function steps(current: number): Html {
  return html`<ol class="steps" aria-label="The way through this demo">
    ${STEPS.map((name, at) => {
      const state = at < current ? 'done' : at === current ? 'now' : '';
      return html`<li class="${state}" ${at === current ? html`aria-current="step"` : null}>
        <span class="dot" aria-hidden="true">${at < current ? '✓' : at + 1}</span>${name}
      </li>`;
    })}
  </ol>`;
}

function note(message: Message | null): Html | null {
  if (message === null) return null;
  const { kind, text, detail } = message;
  return html`<div class="note ${kind}" role="${kind === 'bad' ? 'alert' : 'status'}">
    <p>${text}</p>
    ${detail === undefined ? null : html`<p><code>${detail}</code></p>`}
  </div>`;
}

/** The page before the login. It explains the app, without Connect. */
function welcome({ home }: DemoSettings, session: Session): Html {
  return html`<p class="lead">
      Tieline Demo keeps the connection policies of your communications account, the lists that say
      where calls go. It works in your own account, and you can take that back at any time.
    </p>
    <section class="card">
      <h2>Log in</h2>
      <form method="post" action="${home}/login">
        ${formToken(session)}
        <label for="user_name">User name</label>
        <p class="hint" id="user_name_hint">Any name will do: this login is made up, and has no password.</p>
        <input
          id="user_name"
          name="user_name"
          required
          maxlength="40"
          autocomplete="off"
          aria-describedby="user_name_hint"
        />
        <button type="submit">Log in</button>
      </form>
    </section>
    ${code('The Connect button stands behind a login. Connect tells an app which account it may use; it does not tell who is sitting there.')}`;
}

/** The Connect button, with the facts that a user needs before the click. */
function connect(
  settings: DemoSettings,
  session: Session,
  { asked, account_sid, overview }: Home,
): Html {
  const { button_image, home } = settings;
  return html`${account_sid === null ? null : ended(overview)}
    <section class="card">
      <p>To work for you, Tieline Demo needs an authorization by your communications account.</p>
      ${permissions(asked)}
      <p class="billing">
        <strong>The usage of Tieline Demo is billed to you.</strong> The platform of your account charges
        it for calls, messages and numbers. Connection policies cost nothing.
      </p>
      <p>
        <a class="connect" href="${connectUrl(settings, session)}"
          ><img src="${button_image}" alt="Connect with Tieline" width="200" height="40"
        /></a>
      </p>
      <p class="hint">
        No account yet, or a trial account? <a href="${home}/faq">Read this first</a>.
      </p>
    </section>
    ${account_sid === null ? null : disconnectForm(settings, session)}
    ${code(
      html`The button is a link with a <code>state</code> that only this session knows. On this
        development server, log in as the customer whose e-mail address and password were printed at
        its start.`,
    )}`;
}

/** The link of the button: the consent page of this app, with this session's state. */
function connectUrl({ origin, connect_app_sid }: DemoSettings, { state }: Session): string {
  return `${origin}/authorize/${connect_app_sid}?${new URLSearchParams({ state }).toString()}`;
}

function ended(overview: Overview | null): Html {
  const account = overview?.account;
  const why = account?.kind === 'refused' ? account : null;
  return html`<div class="note bad" role="alert">
    <p>
      ${
        why?.status === null
          ? 'The platform does not answer at the moment. Reload this page in a while.'
          : 'Tieline Demo may not use your account any more. Connect again, or leave it at that.'
      }
    </p>
    ${why === null ? null : html`<p><code>${why.status} ${why.message}</code></p>`}
    ${why?.reason ? html`<p><code>Tieline-Reason: ${why.reason}</code></p>` : null}
  </div>`;
}

const PERMISSIONS = [
  ['post-all', 'Charge account for usage', 'it makes connection policies in a subaccount of yours'],
  ['get-all', 'Read all account data', 'it sees which accounts you have, to count them'],
] as const;

function permissions(asked: Home['asked']): Html | null {
  if (asked?.kind !== 'done') return null;
  return html`<p>It asks for:</p>
    <ul class="permissions">
      ${PERMISSIONS.filter(([permission]) => asked.value.includes(permission)).map(
        ([, name, why]) => html`<li><strong>${name}</strong>: ${why}.</li>`,
      )}
    </ul>`;
}

/** The page for a connected customer. */
function workspace(
  { settings, session }: Around,
  account_sid: string,
  { asked }: Home,
  { account, visible_accounts, policies }: Overview,
): Html {
  const { home, origin } = settings;
  return html`<section class="card">
      <h2>Connection policies</h2>
      ${
        policies.kind === 'refused'
          ? refusal(policies)
          : policies.value.length === 0
            ? html`<p>There are none yet. Make the first one:</p>`
            : html`<ul class="policies">
                ${policies.value.map(
                  ({ sid, friendlyName }) =>
                    html`<li><strong><bdi>${friendlyName}</bdi></strong> <code>${sid}</code></li>`,
                )}
              </ul>`
      }
      <form method="post" action="${home}/policies" class="line">
        ${formToken(session)}
        <label for="friendly_name">Name</label>
        <input id="friendly_name" name="friendly_name" required maxlength="64" value="Main office" />
        <button type="submit">Make a connection policy</button>
      </form>
    </section>
    <section class="card">
      <h2>Your account</h2>
      <dl>
        <dt>It works in</dt>
        <dd>${account.kind === 'done' ? account.value.friendlyName : null}</dd>
        <dt>AccountSid</dt>
        <dd><code>${account_sid}</code></dd>
        <dt>Accounts it sees</dt>
        <dd>${visible_accounts.kind === 'done' ? visible_accounts.value : refusal(visible_accounts)}</dd>
      </dl>
      ${permissions(asked)}
      <p>
        When it asks for more than you granted, the new permissions wait until you
        <a href="${connectUrl(settings, session)}">authorize it again</a>.
      </p>
      <p>
        To take the permissions back, <a href="${origin}/console">go to your account</a>, open Authorized
        Apps and revoke Tieline Demo. It gets a notice, and forgets you.
      </p>
    </section>
    ${disconnectForm(settings, session)}
    ${code(
      html`Every call is the official SDK's, with your AccountSid and the app owner's auth token. The
        platform explains a refusal in the header <code>Tieline-Reason</code>.`,
    )}`;
}

function refusal({ message, reason }: Extract<Outcome<unknown>, { kind: 'refused' }>): Html {
  return html`<p class="refusal">
    Refused: ${message} ${reason === null ? null : html`<br /><code>Tieline-Reason: ${reason}</code>`}
  </p>`;
}

function disconnectForm({ home }: DemoSettings, session: Session): Html {
  return html`<form method="post" action="${home}/disconnect">
    ${formToken(session)}
    <button type="submit" class="quiet">Disconnect on this side only</button>
  </form>`;
}

export function faqPage(around: Around): Promise<string> {
  const { origin, home } = around.settings;
  return layout(
    around,
    'Questions and answers',
    html`<section class="card faq">
        <h2>Do I need an account?</h2>
        <p>
          Yes: Tieline Demo works in a communications account of yours. If you have none, click
          Connect and then Sign up, or <a href="${origin}/signup">sign up now</a>.
        </p>
        <h2>Why do I have to upgrade it?</h2>
        <p>
          An app may charge the account that authorizes it, and a trial account cannot be charged. You
          are asked to upgrade when you connect; on this development server that is one click.
        </p>
        <h2>Who pays?</h2>
        <p>You do, to the platform of your account. Tieline Demo never sends you a bill.</p>
        <h2>What can it do in my account?</h2>
        <p>
          It gets its own subaccount and works in that. Your numbers and settings do not change. The
          consent page names the data that it may read.
        </p>
        <h2>How do I end it?</h2>
        <p>
          Revoke it under <a href="${origin}/console">Authorized Apps</a> in your account. From then on
          it has no access.
        </p>
      </section>
      <p><a href="${home}">Back to the start</a></p>`,
  );
}

export function termsPage(around: Around): Promise<string> {
  return layout(
    around,
    'Terms of service',
    html`<section class="card">
        <p>
          Tieline Demo is an example. It comes without any warranty, keeps the name that you typed and
          the AccountSid of your account in memory, and forgets both when its server stops.
        </p>
        <p>
          It makes connection policies in a subaccount of your account on your request, and does nothing
          else. Charges of the platform are between you and the platform.
        </p>
      </section>
      <p><a href="${around.settings.home}">Back to the start</a></p>`,
  );
}
