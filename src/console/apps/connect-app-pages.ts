import { html } from 'hono/html';
import { fetchAccount } from '../../accounts/account-store.ts';
import { changeConnectApp } from '../../connect-apps/change-connect-app.ts';
import { setLogo } from '../../connect-apps/change-logo.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { fetchConnectApp, listConnectApps } from '../../connect-apps/connect-app-store.ts';
import { createConnectApp } from '../../connect-apps/create-connect-app.ts';
import { readLogo } from '../../connect-apps/logo.ts';
import { fetchLogoDigests } from '../../connect-apps/logo-store.ts';
import { fetchIgnoredCallback } from '../../consent/interaction-store.ts';
import type { PageRequest } from '../../db/keyset.ts';
import {
  type AccountCall,
  accountPage,
  heading,
  seeOther,
  type View,
  view,
} from '../../http/pages/page.ts';
import { singleValue } from '../../http/parameters/form.ts';
import { badParameter, conflict, orNotFound } from '../../kit/api-error.ts';
import { writePermissions } from '../../kit/permission.ts';
import { deleteConnectApp } from '../../lifecycle/delete-connect-app.ts';
import { pager, readPage } from '../../pages/pager.ts';
import { linkButton } from '../../pages/widgets.ts';
import { confirmView, counted } from '../parts/console-views.ts';
import { fetchSpendingOf } from './connect-app-customer-pages.ts';
import {
  countCustomers,
  countGrantedSets,
  listCustomers,
  listDeletedAppsWithOpenCallbacks,
  listOpenCallbacks,
} from './connect-app-customer-store.ts';
import { callbackSection, customerSections, waitingNotices } from './connect-app-customer-views.ts';
import { connectAppForm, FORM_BYTES, readConnectAppForm, stateOf } from './connect-app-form.ts';
import {
  appFacts,
  appHead,
  appList,
  appPath,
  buttonPanel,
  deletedApps,
  deleteText,
  ignoredNotice,
  listPath,
  noApps,
  upgradeFirst,
} from './connect-app-views.ts';
import { lacks, PREVIEWED, permissionPreview } from './permission-preview.ts';

/** The pages that list, create, show, edit and delete an account's own Connect apps. */

const section = 'connect-apps';
const LIST = '/console/:AccountSid/connect-apps';
const INSTANCE = `${LIST}/:Sid` as const;
const DELETED_SHOWN = 20;
/** The most rows of each list on the app's own page. Further rows have pages of their own. */
const FIRST_ROWS = 5;
const FIRST: PageRequest = { page: 0, page_size: FIRST_ROWS, from: null };

const listPage = accountPage({ id: 'ConnectApps', path: LIST, show: showList });

async function showList(call: AccountCall): Promise<View> {
  const { db, account, query } = call;
  const request = readPage(query);
  const found = await listConnectApps(db, account.sid, request);
  const sids = found.rows.map(({ sid }) => sid);
  const logos = await fetchLogoDigests(db, sids);
  const customers = await countCustomers(db, sids);
  const deleted = await listDeletedAppsWithOpenCallbacks(db, account.sid, DELETED_SHOWN);
  const apps = found.rows.map((connectApp) => ({
    connect_app: connectApp,
    logo: logos.get(connectApp.sid) ?? null,
    customers: customers.get(connectApp.sid) ?? 0,
  }));
  const path = listPath(account.sid);
  const head = html`<div class="head">
    <p>Your apps, which customers authorize by their Connect buttons.</p>
    ${linkButton(`${path}/new`, 'Create a Connect app', 'primary')}
  </div>`;
  const none = account.type === 'Trial' ? upgradeFirst(call) : noApps(account.sid);
  return view({
    title: 'Connect Apps',
    section,
    body: html`${apps.length === 0 ? none : html`${head} ${appList(apps)}`}
    ${pager(path, query, request, found)} ${deletedApps(deleted)}`,
  });
}

const newPage = accountPage({
  id: 'NewConnectApp',
  path: `${LIST}/new`,
  upload_bytes: FORM_BYTES,
  show(call) {
    const { account } = call;
    const path = listPath(account.sid);
    const body =
      account.type === 'Trial'
        ? upgradeFirst(call)
        : connectAppForm(call, {
            connect_app: null,
            logo: null,
            customers: 0,
            action: `${path}/new`,
            back: path,
          });
    return view({ title: 'Create a Connect app', section, body });
  },
  async submit({ account, change, files, form }) {
    const wanted = readConnectAppForm(form);
    const upload = files.get('Logo');
    if (!upload) throw badParameter('Logo', 'is required: choose a PNG, JPEG or WebP image');
    const png = await readLogo(upload);
    const made = await change(async (act) => {
      const owner = orNotFound(await fetchAccount(act.tx, account.sid));
      const connectApp = await createConnectApp(act, owner, wanted);
      await setLogo(act, connectApp, png);
      return connectApp;
    });
    return seeOther(appPath(made), {
      notice: 'The app is created. Its Connect button is below: put it on your site.',
    });
  },
});

/**
 * The app that the page's address names.
 * @throws NotFound for an app of another account, and for a deleted app.
 */
async function demandApp({ db, account, path }: AccountCall<'Sid'>): Promise<ConnectApp> {
  return orNotFound(await fetchConnectApp(db, account.sid, path.Sid));
}

async function logoOf({ db }: AccountCall, { sid }: ConnectApp): Promise<string | null> {
  return (await fetchLogoDigests(db, [sid])).get(sid) ?? null;
}

async function customersOf({ db }: AccountCall, { sid }: ConnectApp): Promise<number> {
  return (await countCustomers(db, [sid])).get(sid) ?? 0;
}

const overviewPage = accountPage({
  id: 'ConnectApp',
  path: INSTANCE,
  async show(call) {
    const { db, origin } = call;
    const connectApp = await demandApp(call);
    const { sid } = connectApp;
    const sets = await countGrantedSets(db, sid);
    const standing = await listCustomers(db, sid, { revoked: false }, FIRST);
    const customers = {
      standing,
      spending: await fetchSpendingOf(call, standing.rows),
      revoked: await listCustomers(db, sid, { revoked: true }, FIRST),
    };
    const callbacks = await listOpenCallbacks(db, sid, FIRST);
    const ignored = await fetchIgnoredCallback(db, sid);
    return view({
      title: heading`${connectApp.friendly_name}`,
      section,
      body: html`${appHead(connectApp, await logoOf(call, connectApp))}
      ${waitingNotices(connectApp, sets)} ${ignoredNotice(connectApp, ignored)} ${await buttonPanel(origin, connectApp)}
      ${appFacts(connectApp)} ${callbackSection(call, connectApp, callbacks)}
      ${customerSections(connectApp, sets, customers)}`,
    });
  },
});

const editPage = accountPage({
  id: 'EditConnectApp',
  path: `${INSTANCE}/edit`,
  upload_bytes: FORM_BYTES,
  sensitive: true,
  async show(call) {
    const connectApp = await demandApp(call);
    const back = appPath(connectApp);
    const body = connectAppForm(call, {
      connect_app: connectApp,
      logo: await logoOf(call, connectApp),
      customers: await customersOf(call, connectApp),
      action: `${back}/edit`,
      back,
    });
    return view({ title: heading`Edit ${connectApp.friendly_name}`, section, body });
  },
  async submit(call) {
    const { account, change, files, form } = call;
    const app = await demandApp(call);
    const { sid } = app;
    const wanted = readConnectAppForm(form);
    const preview = await previewOf(call, app, writePermissions(wanted.permissions));
    if (preview) return preview;
    const upload = files.get('Logo');
    const png = upload && (await readLogo(upload));
    const shown = singleValue(form, 'state');
    const changed = await change(async (act) => {
      const before = orNotFound(await fetchConnectApp(act.tx, account.sid, sid));
      if (stateOf(before) !== shown) throw changedMeanwhile();
      const after = await changeConnectApp(act, account.sid, sid, wanted);
      if (png) await setLogo(act, after, png);
      return after;
    });
    return seeOther(appPath(changed), { notice: 'Saved.' });
  },
});

/** The page that must be seen before the permissions of an app with customers change. */
async function previewOf(call: AccountCall, app: ConnectApp, wanted: string): Promise<View | null> {
  if (call.form.has(PREVIEWED)) return null;
  const isSame = !lacks(app.permissions, wanted) && !lacks(wanted, app.permissions);
  const sets = isSame ? [] : await countGrantedSets(call.db, app.sid);
  if (sets.length === 0) return null;
  const granted = sets.map(({ permissions }) => permissions).filter((one) => lacks(one, wanted));
  const waiting =
    granted.length === 0
      ? []
      : (await listCustomers(call.db, app.sid, { revoked: false, granted }, FIRST)).rows;
  return permissionPreview(call, { app, wanted, sets, waiting });
}

function changedMeanwhile() {
  return conflict(
    'The app was changed while you had this page open. Nothing was saved. Your input is below. ' +
      'Save again to replace the other change.',
  );
}

const deletePage = accountPage({
  id: 'DeleteConnectApp',
  path: `${INSTANCE}/delete`,
  sensitive: true,
  async show(call) {
    const connectApp = await demandApp(call);
    const back = appPath(connectApp);
    return confirmView(call, {
      title: heading`Delete ${connectApp.friendly_name}?`,
      section,
      text: deleteText(connectApp, await customersOf(call, connectApp)),
      action: `${back}/delete`,
      label: 'Delete the app',
      back,
    });
  },
  async submit(call) {
    const { account, change } = call;
    const connectApp = await demandApp(call);
    const customers = await customersOf(call, connectApp);
    await change(async (act) => {
      const standing = orNotFound(await fetchConnectApp(act.tx, account.sid, connectApp.sid));
      await deleteConnectApp(act, standing);
    });
    const isTold = customers > 0 && connectApp.deauthorize_callback_url !== null;
    const lost =
      customers === 0 ? '' : ` ${counted(customers, 'customer')} no longer give it access.`;
    return seeOther(isTold ? `${appPath(connectApp)}/callbacks` : listPath(account.sid), {
      notice: `${connectApp.friendly_name} is deleted.${lost}`,
    });
  },
});

export const connectAppPages = [listPage, newPage, overviewPage, editPage, deletePage];
