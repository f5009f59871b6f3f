import { html } from 'hono/html';
import type { Grant, GrantWithApp } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import {
  changesBetween,
  PERMISSION_WORDS,
  type PermissionChange,
} from '../../consent/permission-words.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import { type Permission, readPermissions } from '../../kit/permission.ts';
import type { EpochMs } from '../../kit/utc.ts';
import { pager } from '../../pages/pager.ts';
import { appLogo, code, emptyState, linkButton, moment, outsideLink } from '../../pages/widgets.ts';
import type { GrantSpending } from '../parts/balance-page-store.ts';
import { countriesText, endsText, limitText, spentText } from '../parts/balance-views.ts';

export interface AuthorizedApps {
  readonly found: Page<GrantWithApp>;
  readonly request: PageRequest;
  /** The last use of each grant, by its SID. */
  readonly used: ReadonlyMap<string, EpochMs>;
  /** The limit and the spending of this month for each grant, by its SID. */
  readonly spending: ReadonlyMap<string, GrantSpending>;
  readonly logos: ReadonlyMap<string, string>;
  readonly apps: ReadonlyMap<string, ConnectApp>;
}

export function authorizedAppsBody(call: AccountCall, shown: AuthorizedApps): Html {
  const { found, request, apps } = shown;
  if (found.rows.length === 0 && !found.has_previous) return NO_APPS;
  return html`<p>
      These apps may act on your account. Their usage is billed to you until you revoke them.
    </p>
    ${found.rows.map((grant) => {
      const app = apps.get(grant.connect_app_sid);
      return app === undefined ? null : authorizedApp(call, shown, grant, app);
    })}
    ${pager(`/console/${call.account.sid}/authorized-apps`, call.query, request, found)}`;
}

const NO_APPS = emptyState(
  'No app may act on this account',
  'An app is authorized from the app itself: look for its Connect button, and answer the question ' +
    'that it leads to. It is listed here from then on, and can be revoked here.',
);

function authorizedApp(
  { account }: AccountCall,
  { used, spending, logos }: AuthorizedApps,
  grant: GrantWithApp,
  app: ConnectApp,
): Html {
  const { sid, friendly_name, company_name, description } = app;
  const links = [
    outsideLink(app.homepage_url, 'Home page'),
    outsideLink(app.terms_of_service_url, 'Terms of service'),
  ].filter((link) => link !== null);
  return html`<article class="panel">
    <div class="app">
      ${appLogo(friendly_name, logos.get(sid) ?? null)}
      <div class="about">
        <h2 id="${sid}">
          <a href="/console/${account.sid}/authorized-apps/${sid}"><bdi>${friendly_name}</bdi></a>
        </h2>
        <p class="muted">by ${isolated(company_name)}</p>
      </div>
    </div>
    ${description === null ? null : html`<p>${description}</p>`} ${permissionList(grant, app)}
    <dl class="facts">
      <dt>Authorized</dt>
      <dd>${since(grant)}</dd>
      <dt>Last used</dt>
      <dd>${moment(used.get(grant.sid) ?? null)}</dd>
      ${spendingFacts(spending.get(grant.sid))}
      <dt>Subaccount</dt>
      <dd>
        <a href="/console/${account.sid}/subaccounts/${grant.subaccount_sid}"
          >${code(grant.subaccount_sid)}</a
        >
      </dd>
    </dl>
    ${links.length === 0 ? null : html`<p class="links">${links}</p>`}
    <div class="buttons" role="group" aria-labelledby="${sid}">
      ${linkButton(`/console/${account.sid}/authorized-apps/${sid}`, 'Change the limits')}
      <form method="get" action="/console/${account.sid}/authorized-apps/${sid}/revoke">
        <button type="submit" class="danger">Revoke</button>
      </form>
    </div>
  </article>`;
}

function spendingFacts(spending: GrantSpending | undefined): Html | null {
  if (!spending) return null;
  return html`<dt>Limit in a month</dt>
    <dd>${limitText(spending)}</dd>
    <dt>Spent in this one</dt>
    <dd>${spentText(spending)}</dd>
    <dt>Countries it may reach</dt>
    <dd>${countriesText(spending)}</dd>
    <dt>Ends</dt>
    <dd>${endsText(spending)}</dd>`;
}

function since({ date_created, date_updated, version }: GrantWithApp): Html {
  if (version === 1) return moment(date_created);
  return html`${moment(date_created)}, again ${moment(date_updated)}`;
}

/**
 * The permissions in force, and the changes that another authorisation would bring
 * (docs/threats.md, T09).
 */
export function permissionList(grant: Pick<Grant, 'permissions'>, app: ConnectApp): Html {
  const granted = readPermissions(grant.permissions);
  const changes = changesBetween(granted, readPermissions(app.permissions));
  const which = (kind: PermissionChange['change']) =>
    changes.filter(({ change }) => change === kind).map(({ permission }) => permission);
  const [effective, wanted, dropped] = [which('stays'), which('new'), which('goes')];
  return html`${
    effective.length === 0
      ? html`<p>It holds no permission at present.</p>`
      : html`<ul class="permissions">
          ${effective.map((permission) => {
            const { name, allows } = PERMISSION_WORDS[permission];
            return html`<li><strong>${name}</strong><p>${allows}</p></li>`;
          })}
        </ul>`
  }
  ${
    wanted.length === 0
      ? null
      : html`<p class="notice info">
          It now also asks for ${namesOf(wanted)}, which you have not granted. Authorizing it again, from
          the app itself, would give it that.
        </p>`
  }
  ${
    dropped.length === 0
      ? null
      : html`<p class="muted">
          You also granted ${namesOf(dropped)}. The app no longer asks for that and no longer has
          it.
        </p>`
  }`;
}

function namesOf(permissions: readonly Permission[]): string {
  return permissions.map((permission) => `“${PERMISSION_WORDS[permission].name}”`).join(' and ');
}

export function revokeText({ friendly_name, deauthorize_callback_url }: ConnectApp): Html {
  return html`<h2>Immediate effects</h2>
    <ul>
      <li>${isolated(friendly_name)} can neither read nor change anything on this account any more.</li>
      <li>
        Everything that it set up to act by itself stops: its API keys, its targets and trunks, and
        its waiting webhooks. Authorizing it again does not restart them.
      </li>
    </ul>
    <h2>Remaining subaccount</h2>
    <ul>
      <li>
        The app's subaccount remains, with its numbers and logs. It stays active and is billed to you
        until you close it.
      </li>
    </ul>
    <p>
      ${
        deauthorize_callback_url === null
          ? html`${isolated(friendly_name)} has no address for notices of revokes. Tell its makers
          yourself if they need to know.`
          : html`${isolated(friendly_name)} gets a notice of the revoke.`
      }
    </p>`;
}
