import { html } from 'hono/html';
import type { ConnectApp } from '../connect-apps/connect-app.ts';
import type { PageRequest } from '../db/keyset.ts';
import { type AccountCall, accountPage, type Html, seeOther, view } from '../http/page.ts';
import { NotFound } from '../kit/api-error.ts';
import { pager, readPage } from '../pages/pager.ts';
import { emptyState } from '../pages/widgets.ts';
import { fetchDeliveryOfApp, listAttempts } from '../webhooks/delivery-store.ts';
import { replayDelivery } from '../webhooks/replay-delivery.ts';
import {
  type CustomerFilter,
  countGrantedSets,
  fetchOwnApp,
  listCustomers,
  listUndelivered,
} from './connect-app-customer-store.ts';
import {
  callbackRows,
  customerRows,
  customersIn,
  type GrantedSets,
  waitingSets,
} from './connect-app-customer-views.ts';
import { appPath, customersText, listPath } from './connect-app-views.ts';

/** Who has authorised an app, and which callbacks its server has not acknowledged. */

const section = 'connect-apps';
const INSTANCE = '/console/:AccountSid/connect-apps/:Sid';
/** Rows of each kind on the app's own page; the rest is on pages of their own. */
const FIRST_ROWS = 5;
const FIRST: PageRequest = { page: 0, page_size: FIRST_ROWS, from: null };

/**
 * The app of the page's address, also a deleted one: its last callbacks go out after its end.
 * @throws NotFound for another account's.
 */
async function demandOwnApp({ db, account, path }: AccountCall): Promise<ConnectApp> {
  const app = await fetchOwnApp(db, account.sid, path['Sid'] ?? '');
  if (!app) throw new NotFound();
  return app;
}

/** The newest customers and the newest that revoked, as far as the app's own page shows them. */
export async function customerSections(
  { db }: AccountCall,
  app: ConnectApp,
  sets: GrantedSets,
): Promise<Html> {
  const standing = await listCustomers(db, app.sid, { revoked: false }, FIRST);
  const revoked = await listCustomers(db, app.sid, { revoked: true }, FIRST);
  const path = `${appPath(app)}/customers`;
  const none = html`<p class="muted">
    Nobody has authorized this app. Customers appear here as soon as they have used the Connect button.
  </p>`;
  return html`<section aria-labelledby="customers">
      <h2 id="customers">${customersText(customersIn(sets))}</h2>
      ${standing.rows.length === 0 ? none : customerRows(app, standing.rows, 'Customers')}
      ${standing.has_next ? html`<p><a href="${path}">All customers</a></p>` : null}
    </section>
    ${
      revoked.rows.length === 0
        ? null
        : html`<section aria-labelledby="revoked">
            <h2 id="revoked">Revoked</h2>
            ${customerRows(app, revoked.rows, 'Revoked')}
            ${revoked.has_next ? html`<p><a href="${path}?show=revoked">All who revoked</a></p>` : null}
          </section>`
    }`;
}

/** What the app's server has not acknowledged; nothing when it has. */
export async function callbackSection(call: AccountCall, app: ConnectApp): Promise<Html | null> {
  const found = await listUndelivered(call.db, app.sid, FIRST);
  if (found.rows.length === 0) return null;
  const attempts = await listAttempts(
    call.db,
    found.rows.map(({ sid }) => sid),
  );
  const all = html`<p><a href="${appPath(app)}/callbacks">All open callbacks</a></p>`;
  return html`<section aria-labelledby="callbacks">
    <h2 id="callbacks">Deauthorize callbacks that are open</h2>
    ${EXPLAINED} ${callbackRows(call, app, found.rows, attempts)} ${found.has_next ? all : null}
  </section>`;
}

const EXPLAINED = html`<p class="muted">
  Your server has not answered these with 2xx yet, so it may not know that these customers revoked.
</p>`;

type Shown = 'all' | 'waiting' | 'revoked';

const TITLES: Readonly<Record<Shown, string>> = {
  all: 'All',
  waiting: 'Have to authorize again',
  revoked: 'Revoked',
};

const customersPage = accountPage({
  id: 'ConnectAppCustomers',
  path: `${INSTANCE}/customers`,
  async show(call) {
    const { db, query } = call;
    const app = await demandOwnApp(call);
    if (app.date_deleted !== null) throw new NotFound();
    const shown = shownOf(query.get('show')?.[0]);
    const waiting = waitingSets(app, await countGrantedSets(db, app.sid));
    const request = readPage(query);
    const found = await listCustomers(db, app.sid, filterOf(shown, waiting), request);
    const path = `${appPath(app)}/customers`;
    const list =
      found.rows.length === 0
        ? emptyState('Nobody', 'No customer is in this list at present.')
        : customerRows(app, found.rows, TITLES[shown]);
    return view({
      title: `Customers of ${app.friendly_name}`,
      section,
      body: html`<p><a href="${appPath(app)}">← ${app.friendly_name}</a></p>
        ${tabs(path, shown)} ${list} ${pager(path, query, request, found)}`,
    });
  },
});

function shownOf(word: string | undefined): Shown {
  return word === 'waiting' || word === 'revoked' ? word : 'all';
}

function filterOf(shown: Shown, waiting: GrantedSets): CustomerFilter {
  if (shown !== 'waiting') return { revoked: shown === 'revoked' };
  return { revoked: false, granted: waiting.map(({ permissions }) => permissions) };
}

function tabs(path: string, shown: Shown): Html {
  return html`<nav class="tabs" aria-label="Which customers">
    <ul>
      ${(['all', 'waiting', 'revoked'] as const).map((one) => {
        const current = one === shown ? html`aria-current="page"` : null;
        return html`<li><a href="${path}?show=${one}" ${current}>${TITLES[one]}</a></li>`;
      })}
    </ul>
  </nav>`;
}

const callbacksPage = accountPage({
  id: 'ConnectAppCallbacks',
  path: `${INSTANCE}/callbacks`,
  async show(call) {
    const { db, query } = call;
    const app = await demandOwnApp(call);
    const request = readPage(query);
    const found = await listUndelivered(db, app.sid, request);
    const attempts = await listAttempts(
      db,
      found.rows.map(({ sid }) => sid),
    );
    const path = `${appPath(app)}/callbacks`;
    const [back, name] =
      app.date_deleted === null
        ? [appPath(app), app.friendly_name]
        : [listPath(app.account_sid), 'Connect Apps'];
    const list =
      found.rows.length === 0
        ? emptyState('All acknowledged', 'Your server knows of everybody who revoked.')
        : html`${EXPLAINED} ${callbackRows(call, app, found.rows, attempts)}`;
    return view({
      title: `Callbacks of ${app.friendly_name}`,
      section,
      body: html`<p><a href="${back}">← ${name}</a></p>
        ${list} ${pager(path, query, request, found)}`,
    });
  },
});

/** `Send again`: the same callback, now. */
const replayPage = accountPage({
  id: 'ReplayConnectAppCallback',
  path: `${INSTANCE}/callbacks/:DeliverySid/replay`,
  async submit(call) {
    const app = await demandOwnApp(call);
    await call.change(async (act) => {
      const delivery = await fetchDeliveryOfApp(act.tx, app.sid, call.path['DeliverySid'] ?? '');
      if (!delivery) throw new NotFound();
      await replayDelivery(act, delivery);
    });
    return seeOther(`${appPath(app)}/callbacks`, { notice: 'The callback is being sent again.' });
  },
});

export const connectAppCustomerPages = [customersPage, callbacksPage, replayPage];
