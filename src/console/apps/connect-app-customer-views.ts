import { html } from 'hono/html';
import type { Grant } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { changesBetween, PERMISSION_WORDS } from '../../consent/permission-words.ts';
import type { Page } from '../../db/keyset.ts';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { PERMISSIONS, type Permission, readPermissions } from '../../kit/permission.ts';
import { withoutPassword } from '../../kit/user-info.ts';
import { actionForm, code, moment } from '../../pages/widgets.ts';
import { type Attempt } from '../../webhooks/webhook.ts';
import type { GrantSpending } from '../parts/balance-page-store.ts';
import { boundsLine, limitText, spentText } from '../parts/balance-views.ts';
import { counted, rows } from '../parts/console-views.ts';
import type { Callback } from './connect-app-customer-store.ts';
import { appPath } from './connect-app-views.ts';

/**
 * The customers of an app, on the pages of its owner. They show the SIDs that the app itself was
 * told, and nothing else about the customers.
 */

/** The sets of granted permissions, as stored, with the number of customers of each. */
export type GrantedSets = readonly { readonly permissions: string; readonly count: number }[];

/** By the grants' SIDs. */
type Spending = ReadonlyMap<string, GrantSpending>;

function customersIn(sets: GrantedSets): number {
  return sets.reduce((sum, { count }) => sum + count, 0);
}

/** The sets without some permission that the app asks for now. */
export function waitingSets(app: ConnectApp, sets: GrantedSets): GrantedSets {
  const asked = readPermissions(app.permissions);
  return sets.filter(({ permissions }) => {
    const granted = readPermissions(permissions);
    return asked.some((permission) => !granted.includes(permission));
  });
}

/** Notices of permissions that wait for customers to authorise again (docs/threats.md, T09). */
export function waitingNotices(app: ConnectApp, sets: GrantedSets): Html[] {
  const all = customersIn(sets);
  const asked = readPermissions(app.permissions);
  return PERMISSIONS.filter((permission) => asked.includes(permission)).flatMap((permission) => {
    const lacking = sets.filter((set) => !readPermissions(set.permissions).includes(permission));
    const waiting = customersIn(lacking);
    if (waiting === 0) return [];
    return [
      html`<p class="notice info">
        <strong>
          ${waiting.toLocaleString('en')} of ${counted(all, 'customer')}
          ${waiting === 1 ? 'has' : 'have'} to authorize again before
          “${PERMISSION_WORDS[permission].name}” takes effect.
        </strong>
        <a href="${appPath(app)}/customers?show=waiting">Show who</a>
      </p>`,
    ];
  });
}

/** The sections of an app's page with its newest customers and the newest that revoked. */
export function customerSections(
  app: ConnectApp,
  sets: GrantedSets,
  customers: {
    readonly standing: Page<Grant>;
    readonly revoked: Page<Grant>;
    readonly spending: Spending;
  },
): Html {
  const { standing, revoked, spending } = customers;
  const path = `${appPath(app)}/customers`;
  const none = html`<p class="muted">
    Nobody has authorized this app. Customers appear here as soon as they have used the Connect button.
  </p>`;
  return html`<section aria-labelledby="customers">
      <h2 id="customers">${counted(customersIn(sets), 'customer')}</h2>
      ${standing.rows.length === 0 ? none : customerRows(app, standing.rows, 'Customers', spending)}
      ${standing.has_next ? html`<p><a href="${path}">All customers</a></p>` : null}
    </section>
    ${
      revoked.rows.length === 0
        ? null
        : html`<section aria-labelledby="revoked">
            <h2 id="revoked">Revoked</h2>
            ${customerRows(app, revoked.rows, 'Revoked', spending)}
            ${revoked.has_next ? html`<p><a href="${path}?show=revoked">All who revoked</a></p>` : null}
          </section>`
    }`;
}

/** The section of unacknowledged callbacks; null when there are none. */
export function callbackSection(
  call: AccountCall,
  app: ConnectApp,
  { rows: callbacks, has_next }: Page<Callback>,
): Html | null {
  if (callbacks.length === 0) return null;
  return html`<section aria-labelledby="callbacks">
    <h2 id="callbacks">Open deauthorize callbacks</h2>
    ${callbackRows(call, app, callbacks)}
    ${has_next ? html`<p><a href="${appPath(app)}/callbacks">All open callbacks</a></p>` : null}
  </section>`;
}

export function customerRows(
  app: ConnectApp,
  grants: readonly Grant[],
  label: string,
  spending: Spending,
): Html {
  return rows(
    label,
    grants.map((grant) => ({
      name: code(grant.subaccount_sid),
      about:
        grant.date_revoked === null
          ? standing(app, grant, spending.get(grant.sid))
          : revoked(grant),
    })),
  );
}

function standing(app: ConnectApp, grant: Grant, spending: GrantSpending | undefined): Html {
  const asked = readPermissions(app.permissions);
  const permissions = permissionStates(readPermissions(grant.permissions), asked);
  const again =
    grant.version === 1 ? null : html` · authorized again ${moment(grant.date_updated)}`;
  return html`${permissions} ${spendingLine(spending)}
    <p class="muted">Since ${moment(grant.date_created)}${again} · version ${grant.version}</p>`;
}

/** The spending and the limit of a grant. The app itself can read both. */
function spendingLine(spending: GrantSpending | undefined): Html | null {
  if (!spending) return null;
  return html`<p>
    Spent this month: ${spentText(spending)} · limit: ${limitText(spending)} ${boundsLine(spending)}
  </p>`;
}

/** Each permission with its state. In effect are those that were granted and are asked for now. */
function permissionStates(granted: readonly Permission[], asked: readonly Permission[]): Html {
  const changes = changesBetween(granted, asked);
  if (changes.length === 0) return html`<p class="muted">No permission</p>`;
  return html`<ul class="states">
    ${changes.map(({ permission, change }) => {
      const [tone, words] = STATES[change];
      const { name } = PERMISSION_WORDS[permission];
      return html`<li>${name} <span class="tag ${tone}">${words}</span></li>`;
    })}
  </ul>`;
}

const STATES = {
  stays: ['good', 'Granted, in effect'],
  new: ['', 'Not granted: has to authorize again'],
  goes: ['quiet', 'Granted, ended: no longer asked for'],
} as const;

function revoked(grant: Grant): Html {
  const names = readPermissions(grant.permissions).map((one) => PERMISSION_WORDS[one].name);
  return html`<p class="muted">
    Revoked ${moment(grant.date_revoked)} · authorized since ${moment(grant.date_created)} · version
    ${grant.version} · had been granted: ${names.join(', ') || 'no permission'}
  </p>`;
}

/** A row for each unacknowledged callback, with its last attempt and a button that repeats it. */
export function callbackRows(
  call: AccountCall,
  app: ConnectApp,
  callbacks: readonly Callback[],
): Html {
  const list = rows(
    'Open callbacks',
    callbacks.map((callback) => ({
      name: html`Revoked: ${code(callback.account_sid)}`,
      about: stateOfCallback(callback),
      actions:
        callback.state === 'cancelled'
          ? null
          : actionForm(call, `${appPath(app)}/callbacks/${callback.sid}/replay`, 'Send again'),
    })),
  );
  return html`<p class="muted">
      Your server has not answered these with 2xx yet, so it may not know that these customers revoked.
    </p>
    ${list}`;
}

function stateOfCallback(callback: Callback): Html {
  const { attempts, date_next, state, last } = callback;
  const [tone, words] = attempts === 0 && state === 'pending' ? FIRST : DELIVERY_STATES[state];
  const next = state === 'pending' ? html` · next ${moment(date_next)}` : null;
  return html`<p>
      <span class="tag ${tone}">${words}</span> ${attempts === 0 ? null : html`${counted(attempts, 'attempt')}${next}`}
    </p>
    ${last ? html`<p>${moment(last.date_created)}: ${callback.reason ?? outcome(last)}</p>` : null}
    <p class="muted">
      ${callback.method} ${withoutPassword(callback.url)} · revoked ${moment(callback.date_created)}
    </p>`;
}

const FIRST = ['', 'On its way'] as const;
const DELIVERY_STATES = {
  pending: ['', 'Will be tried again'],
  leased: ['', 'Being sent'],
  dead: ['bad', 'Given up'],
  cancelled: ['quiet', 'Cancelled'],
  delivered: ['good', 'Delivered'],
} as const;

function outcome({ status, error }: Attempt): string {
  if (status !== null) return `answered ${status}`;
  return error ?? 'no answer';
}
