import { html } from 'hono/html';
import type { Account } from '../../accounts/account.ts';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import { pager } from '../../pages/pager.ts';
import { code, formToken, linkButton, moment } from '../../pages/widgets.ts';
import type { AppOfSubaccount } from '../parts/account-list-store.ts';
import { accountNameField, rows, statusButtons, statusTag } from '../parts/console-views.ts';

export interface Subaccounts {
  readonly found: Page<Account>;
  readonly apps: ReadonlyMap<string, AppOfSubaccount>;
  readonly request: PageRequest;
}

export function settingsBody(call: AccountCall, subaccounts: Subaccounts): Html {
  return html`${accountFacts(call)} ${subaccountList(call, subaccounts)}`;
}

function accountFacts({ account }: AccountCall): Html {
  return html`<section class="panel">
    <dl class="facts">
      <dt>Name</dt>
      <dd>
        ${isolated(account.friendly_name)}
        <a href="/console/${account.sid}/rename">Rename</a>
      </dd>
      <dt>Account SID</dt>
      <dd>${code(account.sid)}</dd>
      <dt>Type</dt>
      <dd>${account.type}</dd>
      <dt>Status</dt>
      <dd>${statusTag(account.status)}</dd>
      <dt>Created</dt>
      <dd>${moment(account.date_created)}</dd>
    </dl>
  </section>`;
}

function subaccountList(call: AccountCall, { found, apps, request }: Subaccounts): Html {
  const home = `/console/${call.account.sid}`;
  return html`<section id="subaccounts">
    <div class="head">
      <h2>Subaccounts</h2>
      ${linkButton(`${home}/subaccounts/new`, 'New subaccount')}
    </div>
    ${
      found.rows.length === 0
        ? html`<p class="muted">
            There are none ${found.has_previous ? 'here' : 'yet'}. A subaccount keeps the numbers,
            logs and usage of one purpose separate. Every app that you authorize gets its own
            subaccount.
          </p>`
        : rows(
            'Subaccounts',
            found.rows.map(({ sid, friendly_name, status, date_created }) => ({
              name: html`<a href="${home}/subaccounts/${sid}">${isolated(friendly_name)}</a> ${status === 'active' ? null : statusTag(status)}`,
              about: html`<p>${code(sid)}</p>
                <p class="muted">
                  ${madeFor(apps.get(sid) ?? null)} Created ${moment(date_created)}.
                </p>`,
            })),
          )
    }
    ${pager(`${home}/settings`, call.query, request, found)}
  </section>`;
}

function madeFor(app: AppOfSubaccount | null): Html | null {
  if (app === null) return null;
  const revoked = app.date_revoked === null ? '' : ', which you revoked';
  return html`Made for the app ${isolated(app.friendly_name)}${revoked}.`;
}

export function subaccountBody(
  call: AccountCall,
  subaccount: Account,
  app: AppOfSubaccount | null,
): Html {
  const { sid, friendly_name, status, type, date_created } = subaccount;
  const home = `/console/${call.account.sid}`;
  const own = `${home}/subaccounts/${sid}`;
  return html`<p><a href="${home}/settings#subaccounts">← All subaccounts</a></p>
    <section class="panel">
      <dl class="facts">
        <dt>Account SID</dt>
        <dd>${code(sid)}</dd>
        <dt>Type</dt>
        <dd>${type}, billed to ${isolated(call.account.friendly_name)}</dd>
        <dt>Status</dt>
        <dd>${statusTag(status)}</dd>
        <dt>Made for</dt>
        <dd>${forWhom(home, app)}</dd>
        <dt>Created</dt>
        <dd>${moment(date_created)}</dd>
      </dl>
    </section>
    ${
      status === 'closed'
        ? CLOSED
        : html`<div class="buttons">${statusButtons(call, own, status)}</div>`
    }
    ${
      status === 'closed'
        ? null
        : html`<h2>Name</h2>
            <form method="post" action="${own}">
              ${formToken(call)}
              ${accountNameField(call, friendly_name)}
              <button type="submit" class="secondary">Rename</button>
            </form>`
    }`;
}

function forWhom(home: string, app: AppOfSubaccount | null): Html | string {
  if (app === null) return 'Your own use';
  if (app.date_revoked !== null) {
    return html`${isolated(app.friendly_name)}, revoked on ${moment(app.date_revoked)}`;
  }
  return html`<a href="${home}/authorized-apps">${isolated(app.friendly_name)}</a>, which may act here`;
}

const CLOSED = html`<p class="notice info">
  This subaccount is closed for good. Its records stay and can be looked up.
</p>`;

export const SUSPEND_TEXT = html`<ul>
  <li>Every request to this subaccount is refused from now on, an app's as well as your own.</li>
  <li>Its content stays, and you can reactivate it at any time.</li>
</ul>`;

export const CLOSE_TEXT = html`<ul>
  <li>Closing is final: nobody can open the subaccount again.</li>
  <li>Every request to it is refused from now on.</li>
  <li>If an app was authorized to act in it, that is revoked, and the app is told.</li>
</ul>`;
