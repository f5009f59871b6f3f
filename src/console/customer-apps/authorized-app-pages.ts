import type { Grant } from '../../authorizations/grant.ts';
import { fetchGrant, type GrantLimits, listGrants } from '../../authorizations/grant-store.ts';
import { fetchGrantUses } from '../../authorizations/grant-use-store.ts';
import type { ConnectApp } from '../../connect-apps/connect-app.ts';
import { findConnectApp } from '../../connect-apps/connect-app-store.ts';
import { fetchLogoDigests } from '../../connect-apps/logo-store.ts';
import { chosenLimits, readLimits } from '../../consent/limits-form.ts';
import type { Db } from '../../db/database.ts';
import {
  type AccountCall,
  accountPage,
  heading,
  type Page,
  seeOther,
  view,
} from '../../http/pages/page.ts';
import { NotFound } from '../../kit/api-error.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { revokeGrant } from '../../lifecycle/revoke-grant.ts';
import { fetchNumberCountries } from '../../numbers/incoming-phone-number-store.ts';
import { readPage } from '../../pages/pager.ts';
import { changeGrantLimits } from '../../usage/change-limits.ts';
import { findConnectApps } from '../parts/account-list-store.ts';
import { fetchGrantSpending } from '../parts/balance-page-store.ts';
import { confirmView } from '../parts/console-views.ts';
import { authorizedAppBody } from './authorized-app-view.ts';
import { authorizedAppsBody, revokeText } from './authorized-app-views.ts';

/** The pages that list the apps a customer authorised, and that revoke one. */

const LIST = '/console/:AccountSid/authorized-apps';
const section = 'authorized-apps';

const authorizedAppsPage = accountPage({
  id: 'AuthorizedApps',
  path: LIST,
  async show(call) {
    const { app, db, account, query } = call;
    const request = readPage(query);
    const found = await listGrants(db, account.sid, request);
    const app_sids = found.rows.map(({ connect_app_sid }) => connect_app_sid);
    const grant_sids = found.rows.map(({ sid }) => sid);
    const month = startOf('m', dayOf(app.now()));
    const [uses, spending, logos, apps] = await Promise.all([
      fetchGrantUses(db, grant_sids),
      fetchGrantSpending(db, grant_sids, month),
      fetchLogoDigests(db, app_sids),
      findConnectApps(db, app_sids),
    ]);
    const used = new Map(uses.map((use) => [use.grant_sid, use.date_last_used]));
    const body = authorizedAppsBody(call, { found, request, used, spending, logos, apps });
    return view({ title: 'Authorized Apps', section, body });
  },
});

const authorizedAppPage = accountPage({
  id: 'AuthorizedApp',
  path: `${LIST}/:ConnectAppSid`,
  async show(call) {
    const { app: server, db, account, form } = call;
    const { grant, app } = await demandGrant(db, call);
    const month = startOf('m', dayOf(server.now()));
    const [spending, logos, home, uses] = await Promise.all([
      fetchGrantSpending(db, [grant.sid], month),
      fetchLogoDigests(db, [app.sid]),
      fetchNumberCountries(db, account.sid),
      fetchGrantUses(db, [grant.sid]),
    ]);
    const spent_micro = spending.get(grant.sid)?.spent_micro ?? 0;
    const limits = { chosen: chosenLimits(form, grant, home), home, standing: grant.countries };
    return view({
      title: heading`${app.friendly_name}`,
      section,
      body: authorizedAppBody(call, {
        grant,
        app,
        logo: logos.get(app.sid) ?? null,
        spent_micro,
        date_last_used: uses[0]?.date_last_used ?? null,
        limits,
      }),
    });
  },
  async submit(call) {
    const name = await call.change(async (act) => {
      const { grant, app } = await demandGrant(act.tx, call);
      const limits = readLimits(call.form, act.now, grant);
      if (changesLimits(grant, limits)) await changeGrantLimits(act, grant, limits);
      return app.friendly_name;
    });
    return seeOther(`/console/${call.account.sid}/authorized-apps/${call.path.ConnectAppSid}`, {
      notice: `The limits of ${name} are kept. They hold at once.`,
    });
  },
});

/** Whether limits differ from those that stand. A double click records one change. */
function changesLimits(grant: GrantLimits, limits: Partial<GrantLimits>): boolean {
  const names = ['monthly_limit_micro', 'countries', 'date_ends'] as const;
  return names.some((name) => limits[name] !== undefined && limits[name] !== grant[name]);
}

const revokePage = accountPage({
  id: 'RevokeApp',
  path: `${LIST}/:ConnectAppSid/revoke`,
  async show(call) {
    const { app } = await demandGrant(call.db, call);
    const back = `/console/${call.account.sid}/authorized-apps`;
    return confirmView(call, {
      title: heading`Revoke ${app.friendly_name}?`,
      section,
      text: revokeText(app),
      action: `${back}/${app.sid}/revoke`,
      label: 'Revoke',
      back,
    });
  },
  async submit(call) {
    const name = await call.change(async (act) => {
      const { grant, app } = await demandGrant(act.tx, call);
      await revokeGrant(act, grant, 'revoked');
      return app.friendly_name;
    });
    return seeOther(`/console/${call.account.sid}/authorized-apps`, {
      notice: `${name} is revoked: it can no longer act on this account.`,
    });
  },
});

/** The account's standing grant to the app that the path names. @throws ApiError 404 */
async function demandGrant(
  db: Db,
  { account, path }: AccountCall<'ConnectAppSid'>,
): Promise<{ grant: Grant; app: ConnectApp }> {
  const sid = path.ConnectAppSid;
  const grant = await fetchGrant(db, sid, account.sid);
  const app = await findConnectApp(db, sid);
  if (!app || !grant || grant.date_revoked !== null) throw new NotFound();
  return { grant, app };
}

export const authorizedAppPages: readonly Page[] = [
  authorizedAppsPage,
  authorizedAppPage,
  revokePage,
];
