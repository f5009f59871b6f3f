import { html } from 'hono/html';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { PERMISSION_WORDS } from '../../consent/permission-words.ts';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import { type Permission, readPermissions } from '../../kit/permission.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import {
  actionForm,
  appLogo,
  code,
  emptyState,
  linkButton,
  moment,
  outsideLink,
} from '../../pages/widgets.ts';
import { counted, rows } from '../parts/console-views.ts';
import { connectButton, connectButtonHtml } from './connect-button.ts';

/** The views of an owner's apps. */

export function listPath(account_sid: string): string {
  return `/console/${account_sid}/connect-apps`;
}

export function appPath({ account_sid, sid }: Pick<ConnectApp, 'account_sid' | 'sid'>): string {
  return `${listPath(account_sid)}/${sid}`;
}

/** An app in a list. */
interface ListedApp {
  readonly connect_app: ConnectApp;
  readonly logo: string | null;
  readonly customers: number;
}

export function appList(apps: readonly ListedApp[]): Html {
  return html`<ul class="apps">
    ${apps.map(({ connect_app, logo, customers }) => {
      const { friendly_name, company_name, date_created } = connect_app;
      return html`<li class="panel app">
        ${appLogo(friendly_name, logo)}
        <div class="about">
          <h2><a href="${appPath(connect_app)}">${isolated(friendly_name)}</a></h2>
          <p class="muted">by ${isolated(company_name)}</p>
          <p>${permissionTags(readPermissions(connect_app.permissions))}</p>
          <p class="muted">
            <strong>${counted(customers, 'customer')}</strong> · created ${moment(date_created)}
          </p>
        </div>
      </li>`;
    })}
  </ul>`;
}

function permissionTags(permissions: readonly Permission[]): Html | Html[] {
  if (permissions.length === 0) return html`<span class="tag quiet">No permission</span>`;
  return permissions
    .toReversed()
    .map((permission) => html`<span class="tag">${PERMISSION_WORDS[permission].name}</span> `);
}

const WHAT = `A Connect app lets your customers give your application access to their accounts here: they
  click its Connect button, agree, and your application works in a subaccount of theirs, which they pay
  for. Create one, put its button on your site, and keep the SID that arrives at your Authorize URL.`;

export function noApps(account_sid: string): Html {
  const create = linkButton(`${listPath(account_sid)}/new`, 'Create a Connect app', 'primary');
  return emptyState('No Connect apps yet', WHAT, create);
}

/** Says that only upgraded accounts create apps, and how to upgrade. */
export function upgradeFirst(call: AccountCall): Html {
  const { sid } = call.account;
  const why = html`${WHAT}
    <strong>Only upgraded accounts can create Connect apps, and this one is a Trial account.</strong>`;
  return call.app.config.mode === 'development'
    ? emptyState(
        'Upgrade your account first',
        why,
        actionForm(call, `/console/${sid}/upgrade`, 'Upgrade', { tone: 'primary' }),
      )
    : emptyState(
        'Upgrade your account first',
        html`${why} Ask the people who run this platform to upgrade it. They need its SID, ${code(sid)}.`,
      );
}

/** The deleted apps whose last callbacks are not acknowledged. */
export function deletedApps(apps: readonly ConnectApp[]): Html | null {
  if (apps.length === 0) return null;
  return html`<h2>Deleted apps with open callbacks</h2>
    <p class="muted">Their servers have not acknowledged yet that customers lost access.</p>
    ${rows(
      'Deleted apps with open callbacks',
      apps.map((app) => ({
        name: html`<a href="${appPath(app)}/callbacks">${isolated(app.friendly_name)}</a>`,
        about: html`deleted ${moment(app.date_deleted)}`,
      })),
    )}`;
}

/** The head of an app's pages. */
export function appHead(connectApp: ConnectApp, logo: string | null): Html {
  const { friendly_name, company_name, sid } = connectApp;
  const path = appPath(connectApp);
  return html`<div class="head">
    <div class="app">
      ${appLogo(friendly_name, logo, 'large')}
      <div class="about">
        <p>by <strong>${isolated(company_name)}</strong></p>
        <p>${code(sid)}</p>
      </div>
    </div>
    <div class="buttons">
      ${linkButton(`${path}/edit`, 'Edit')} ${linkButton(`${path}/delete`, 'Delete')}
    </div>
  </div>`;
}

export function appFacts(connectApp: ConnectApp): Html {
  const { description, homepage_url, terms_of_service_url, signed_redirect } = connectApp;
  return html`<h2>Options</h2>
  <dl class="facts">
    <dt>Description</dt>
    <dd>${description === null ? NOT_SET : html`<span class="lines">${description}</span>`}</dd>
    <dt>Homepage</dt>
    <dd>${address(homepage_url)}</dd>
    <dt>Terms of service</dt>
    <dd>${address(terms_of_service_url)}</dd>
    <dt>Authorize URL</dt>
    <dd>${authorizeUrl(connectApp)}</dd>
    <dt>Signed redirect</dt>
    <dd>${signed_redirect ? 'Yes' : 'No'}</dd>
    <dt>Deauthorize URL</dt>
    <dd>${deauthorizeUrl(connectApp)}</dd>
    <dt>Access required</dt>
    <dd>${permissionTags(readPermissions(connectApp.permissions))}</dd>
    <dt>Created</dt>
    <dd>${moment(connectApp.date_created)}</dd>
    <dt>Changed</dt>
    <dd>${moment(connectApp.date_updated)}</dd>
  </dl>`;
}

const NOT_SET = html`<span class="none">not set</span>`;

function address(url: string | null): Html {
  return url === null ? NOT_SET : (outsideLink(url, url) ?? html`${url}`);
}

function authorizeUrl({ authorize_redirect_url }: ConnectApp): Html {
  if (authorize_redirect_url !== null) return html`${authorize_redirect_url}`;
  return html`<strong class="wrong">Not set: customers who authorize do not come back to you.</strong>`;
}

function deauthorizeUrl(app: ConnectApp): Html {
  const { deauthorize_callback_url, deauthorize_callback_method } = app;
  if (deauthorize_callback_url === null) {
    return html`<strong class="wrong">Not set: your server does not learn who revoked.</strong>`;
  }
  return html`<span class="tag quiet">${deauthorize_callback_method ?? 'POST'}</span>
    ${withoutPassword(deauthorize_callback_url)}`;
}

/** Warns a developer whose links name a callback address that the server ignored. */
export function ignoredNotice(
  { authorize_redirect_url }: ConnectApp,
  ignored: { readonly address: string; readonly date: number } | null,
): Html | null {
  if (ignored === null) return null;
  const lead =
    authorize_redirect_url === null
      ? 'The app has no Authorize URL, so customers were not sent anywhere.'
      : html`Customers who answered were sent to the Authorize URL,
          <code class="sid">${authorize_redirect_url}</code>, without the query of that
          <code>cb</code>. To have it back, make scheme, host, port and path of the two the same.`;
  return html`<p class="notice info">
    A link came with <code>cb</code> ${code(ignored.address)} on ${moment(ignored.date)}, which is not
    this app's Authorize URL, and it was ignored. ${lead}
  </p>`;
}

/** The HTML of the Connect button for the developer's own page, with a preview. */
export async function buttonPanel(origin: string, { sid }: ConnectApp): Promise<Html> {
  const snippet = await connectButtonHtml(origin, sid);
  return html`<section class="panel" aria-labelledby="connect-button">
    <h2 id="connect-button">Connect button</h2>
    <p>
      Put this HTML on a page behind your own login, and say there that customers pay for what your app
      uses. It looks like this, and leads to the page that asks:
    </p>
    <p class="live">${connectButton(origin, sid)}</p>
    <label for="snippet">HTML</label>
    <textarea id="snippet" class="snippet" rows="3" readonly spellcheck="false">
${snippet}</textarea
    >
    <p class="muted">
      To learn who authorized, add <code>?state=</code> and a value of yours to the link's address. The
      value comes back to your Authorize URL unchanged. Compare it with the session there, so that
      nobody can send you another person's answer.
    </p>
  </section>`;
}

/** Explains a deletion: the customers it affects, and the callbacks that tell of it. */
export function deleteText(connectApp: ConnectApp, customers: number): Html {
  const affected =
    customers === 0
      ? html`<p>No customer has authorized it at present.</p>`
      : losing(connectApp, customers);
  return html`${affected}
    <p>Its Connect button stops working. <strong>This cannot be undone.</strong></p>`;
}

function losing({ deauthorize_callback_url }: ConnectApp, customers: number): Html {
  const calls = customers === 1 ? 'A callback goes' : `${counted(customers, 'callback')} go`;
  const told =
    deauthorize_callback_url === null
      ? 'The app has no Deauthorize URL, so nothing tells your server.'
      : `${calls} out to ${new URL(deauthorize_callback_url).host}, one for each customer.`;
  return html`<p class="notice bad">
      <strong>${counted(customers, 'customer')} will be cut off immediately.</strong> Your app's access to their subaccounts ends
      with the deletion, and the things that it made there stop.
    </p>
    <p>The customers keep their subaccounts and the content. ${told}</p>`;
}
