import { html } from 'hono/html';
import type { Grant } from '../../authorizations/grant.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import {
  type AccountCall,
  accountPage,
  type Html,
  heading,
  isolated,
  type PageCall,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { NotFound, orNotFound } from '../../kit/api-error.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { pager, readPage } from '../../pages/pager.ts';
import { emptyState } from '../../pages/widgets.ts';
import { fetchDeliveryOfApp } from '../../webhooks/delivery-store.ts';
import { replayDelivery } from '../../webhooks/replay-delivery.ts';
import { fetchGrantSpending } from '../parts/balance-page-store.ts';
import {
  type CustomerFilter,
  countGrantedSets,
  fetchOwnApp,
  listCustomers,
  listOpenCallbacks,
} from './connect-app-customer-store.ts';
import {
  callbackRows,
  customerRows,
  type GrantedSets,
  waitingSets,
} from './connect-app-customer-views.ts';
import { appPath, listPath } from './connect-app-views.ts';

/** The customers of an app, and the callbacks that its server has not acknowledged. */

const section = 'connect-apps';
const INSTANCE = '/console/:AccountSid/connect-apps/:Sid';

/**
 * The app that the page's address names. A deleted app counts, as its last callbacks go out after
 * its end.
 * @throws NotFound for an app of another account.
 */
async function demandOwnApp({ db, account, path }: AccountCall<'Sid'>): Promise<ConnectApp> {
  return orNotFound(await fetchOwnApp(db, account.sid, path.Sid));
}

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
    const spending = await fetchSpendingOf(call, found.rows);
    const list =
      found.rows.length === 0
        ? emptyState('Nobody', 'No customer is in this list at present.')
        : customerRows(app, found.rows, TITLES[shown], spending);
    return view({
      title: heading`Customers of ${app.friendly_name}`,
      section,
      body: html`<p><a href="${appPath(app)}">← ${isolated(app.friendly_name)}</a></p>
        ${tabs(path, shown)} ${list} ${pager(path, query, request, found)}`,
    });
  },
});

/** The limit and the spending of this month, for some customers' grants. */
export function fetchSpendingOf({ app, db }: PageCall, grants: readonly Grant[]) {
  const month = startOf('m', dayOf(app.now()));
  return fetchGrantSpending(
    db,
    grants.map(({ sid }) => sid),
    month,
  );
}

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
    const found = await listOpenCallbacks(db, app.sid, request);
    const path = `${appPath(app)}/callbacks`;
    const [back, name] =
      app.date_deleted === null
        ? [appPath(app), app.friendly_name]
        : [listPath(app.account_sid), 'Connect Apps'];
    const list =
      found.rows.length === 0
        ? emptyState('All acknowledged', 'Your server has acknowledged every revoke.')
        : callbackRows(call, app, found.rows);
    return view({
      title: heading`Callbacks of ${app.friendly_name}`,
      section,
      body: html`<p><a href="${back}">← ${isolated(name)}</a></p>
        ${list} ${pager(path, query, request, found)}`,
    });
  },
});

/** `Send again` sends the same callback once more, now. */
const replayPage = accountPage({
  id: 'ReplayConnectAppCallback',
  path: `${INSTANCE}/callbacks/:DeliverySid/replay`,
  async submit(call) {
    const app = await demandOwnApp(call);
    await call.change(async (act) => {
      const delivery = orNotFound(await fetchDeliveryOfApp(act.tx, app.sid, call.path.DeliverySid));
      await replayDelivery(act, delivery);
    });
    return seeOther(`${appPath(app)}/callbacks`, { notice: 'The callback is being sent again.' });
  },
});

export const connectAppCustomerPages = [customersPage, callbacksPage, replayPage];
