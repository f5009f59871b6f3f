import { html } from 'hono/html';
import type { MemberAccount, Session } from '../access/session-store.ts';
import type { Grant } from '../authorizations/grant.ts';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import {
  type Heading,
  type Html,
  heading,
  isolated,
  type PageCall,
  type View,
  view,
} from '../http/pages/page.ts';
import { readPermissions } from '../kit/permission.ts';
import { appLogo, code, formToken, moment, outsideLink } from '../pages/widgets.ts';
import { type LimitFields, limitFields } from './limits-views.ts';
import { changesBetween, PERMISSION_WORDS, type PermissionChange } from './permission-words.ts';

/** The facts on the consent page. */
export interface Shown {
  readonly connect_app: ConnectApp;
  readonly logo: string | null;
  readonly account: MemberAccount;
  readonly interaction: string;
  /** The earlier grant of this account to this app, standing or revoked; null for none. */
  readonly standing: Grant | null;
  readonly limits: LimitFields;
}

type Call = PageCall & { readonly session: Session };

/** The page with the two buttons. */
export function consentView(call: Call, shown: Shown): View {
  const { connect_app, interaction, standing } = shown;
  const { sid } = connect_app;
  return view({
    title: titleOf(shown),
    plain: true,
    form_leads_away: true,
    body: html`${appHead(shown)} ${history(shown)}
      <h2>${isStanding(standing) ? 'Permissions from now on' : 'Permissions'}</h2>
      ${permissionList(shown)}
      <form method="post" action="/authorize/${sid}" class="consent">
        ${formToken(call)}
        <input type="hidden" name="interaction" value="${interaction}" />
        ${mayCharge(connect_app) ? limitFields(call, shown.limits) : null}
        <div class="answer">
          <button type="submit" name="answer" value="authorize">Authorize</button>
          <button type="submit" name="answer" value="deny" class="secondary">Deny</button>
        </div>
      </form>
      ${mayCharge(connect_app) ? whoPays(connect_app) : null}
      <p class="small muted">You can change or revoke this at any time under Authorized Apps.</p>
      ${who(call, shown)} ${otherAccounts(call, shown)} ${leadsTo(connect_app)}`,
  });
}

function mayCharge({ permissions }: ConnectApp): boolean {
  return readPermissions(permissions).includes('post-all');
}

function whoPays({ friendly_name, company_name }: ConnectApp): Html {
  return html`<p class="small muted">
    The usage of ${isolated(friendly_name)} is billed to your account, not to ${isolated(company_name)}. Past a
    limit only this app is refused.
  </p>`;
}

function titleOf({ connect_app, standing }: Shown): Heading {
  const name = connect_app.friendly_name;
  return isStanding(standing) ? heading`Authorize ${name} again?` : heading`Authorize ${name}?`;
}

function isStanding(grant: Grant | null): grant is Grant {
  return grant !== null && grant.date_revoked === null;
}

function appHead({ connect_app, logo }: Shown): Html {
  const { friendly_name, company_name, description } = connect_app;
  const links = [
    outsideLink(connect_app.homepage_url, 'Home page'),
    outsideLink(connect_app.terms_of_service_url, 'Terms of service'),
  ].filter((link) => link !== null);
  return html`<div class="consent-app">
      ${appLogo(friendly_name, logo)}
      <div>
        <p><strong><bdi>${friendly_name}</bdi></strong></p>
        <p class="muted">by <bdi>${company_name}</bdi></p>
      </div>
    </div>
    ${description === null ? null : html`<p>${description}</p>`}
    ${links.length === 0 ? null : html`<p class="links">${links}</p>`}`;
}

/** The history of this account with the app. */
function history({ standing, connect_app }: Shown): Html | null {
  if (standing === null) return null;
  if (standing.date_revoked !== null) {
    return html`<p>
      You revoked this app on ${moment(standing.date_revoked)}. A new authorization gives it its former
      subaccount back. It restarts nothing that the revoke stopped.
    </p>`;
  }
  const granted = readPermissions(standing.permissions);
  const changes = changesBetween(granted, readPermissions(connect_app.permissions));
  const isSame = changes.every(({ change }) => change === 'stays');
  return html`<p>
    You authorized this app on ${moment(standing.date_updated)}.
    ${isSame ? 'It asks for the same again; nothing changes.' : 'It now asks for something else.'}
  </p>`;
}

const TAGS: Readonly<Record<PermissionChange['change'], readonly [string, string]>> = {
  new: ['New', 'tag'],
  stays: ['As before', 'tag quiet'],
  goes: ['No longer asked for', 'tag quiet'],
};

function permissionList({ connect_app, standing }: Shown): Html {
  const granted = isStanding(standing) ? readPermissions(standing.permissions) : [];
  const changes = changesBetween(granted, readPermissions(connect_app.permissions));
  if (changes.length === 0) {
    return html`<p>It asks for no permission: it learns that you authorized it, and no more.</p>`;
  }
  return html`<ul class="permissions">
    ${changes.map(({ permission, change }) => {
      const { name, allows } = PERMISSION_WORDS[permission];
      const [label, style] = TAGS[change];
      return html`<li class="${change === 'goes' ? 'gone' : ''}">
        <strong>${name}</strong>${isStanding(standing) ? html`<span class="${style}">${label}</span>` : null}
        ${change === 'goes' ? null : html`<p>${allows}</p>`}
      </li>`;
    })}
  </ul>`;
}

function who(call: Call, { account, connect_app, interaction }: Shown): Html {
  const { person } = call.session;
  return html`<dl class="facts who">
    <dt>Signed in as</dt>
    <dd>
      ${isolated(person.name)} (${person.email})
      <form method="post" action="/authorize/${connect_app.sid}/sign-out" class="inline">
        ${formToken(call)}
        <input type="hidden" name="interaction" value="${interaction}" />
        <button type="submit" class="link">Not you?</button>
      </form>
    </dd>
    <dt>Account</dt>
    <dd>
      ${isolated(account.friendly_name)}
      ${account.type === 'Trial' ? html`<span class="tag">Trial</span>` : null}<br />${code(account.sid)}
    </dd>
  </dl>`;
}

/** The choice between several main accounts. Each has its own page. */
function otherAccounts(call: Call, { connect_app, account, interaction }: Shown): Html | null {
  const others = call.accounts.filter(({ sid }) => sid !== account.sid);
  if (others.length === 0) return null;
  return html`<details>
    <summary>Use another account</summary>
    <ul>
      ${others.map((other) => {
        const query = new URLSearchParams({ interaction, account_sid: other.sid });
        return html`<li>
          <a href="/authorize/${connect_app.sid}?${query.toString()}">${isolated(other.friendly_name)}</a>
          ${other.type === 'Trial' ? html`<span class="tag">Trial</span>` : null}
        </li>`;
      })}
    </ul>
  </details>`;
}

/** Shows the app's host, because anybody can use a name and a logo (docs/threats.md, T12, T22). */
function leadsTo({ authorize_redirect_url }: ConnectApp): Html | null {
  if (authorize_redirect_url === null) return null;
  return html`<p class="muted leads-to">
    Whichever you choose, you go on to <strong>${new URL(authorize_redirect_url).host}</strong>.
  </p>`;
}

/**
 * The page for a Trial account, which needs an upgrade (docs/contract/connect.md, "Authorize
 * page").
 */
export function upgradeView(call: Call, shown: Shown): View {
  const { connect_app, account, interaction } = shown;
  const { friendly_name, sid } = connect_app;
  const inDevelopment = call.app.config.mode === 'development';
  return view({
    title: 'Upgrade your account first',
    plain: true,
    body: html`${appHead(shown)}
      <p>
        ${isolated(friendly_name)} would charge your account for what it uses, and a Trial account cannot be
        charged. Upgrade it, then authorize the app.
      </p>
      ${who(call, shown)}
      ${
        inDevelopment
          ? html`<form method="post" action="/authorize/${sid}/upgrade">
              ${formToken(call)}
              <input type="hidden" name="interaction" value="${interaction}" />
              <input type="hidden" name="account_sid" value="${account.sid}" />
              <button type="submit">Upgrade</button>
            </form>`
          : html`<p>
                Ask the operator of this platform to upgrade the account, then come back to this page.
              </p>
              <p><a href="/authorize/${sid}?interaction=${interaction}">Try again</a></p>`
      }
      ${otherAccounts(call, shown)}`,
  });
}

export function suspendedView(call: Call, shown: Shown): View {
  return view({
    title: 'This account is suspended',
    plain: true,
    status: 403,
    body: html`<p>
        A suspended account cannot authorize ${isolated(shown.connect_app.friendly_name)}. Ask the operator of
        this platform to reactivate it.
      </p>
      ${who(call, shown)} ${otherAccounts(call, shown)}`,
  });
}

export function noAccountView(call: Call, { friendly_name }: ConnectApp): View {
  return view({
    title: 'You have no account yet',
    plain: true,
    status: 403,
    body: html`<p>
        To authorize ${isolated(friendly_name)}, you need an account here. You are signed in as
        ${call.session.person.email}, and nobody has added you to an account.
      </p>
      <p>Ask for an invitation from someone who uses the account, then open the app's button again.</p>
      <p class="beside"><a href="/logout">Log in as somebody else</a></p>`,
  });
}
