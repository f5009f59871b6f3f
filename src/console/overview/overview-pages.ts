import { type AccountCall, accountPage, heading, type Page, view } from '../../http/pages/page.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { listUndeliveredOfApps } from '../parts/undelivered-store.ts';
import { readFigures, SHOWN_DAYS } from './overview-figures.ts';
import {
  countCustomersOfApps,
  fetchFirstSteps,
  fetchSpendingOf,
  listActingApps,
} from './overview-store.ts';
import { type OverviewShown, overviewBody } from './overview-views.ts';
import { isRevoke, MAX_READ, readAttention } from './read-attention.ts';
import { setUpsOf } from './set-up.ts';

/** The first page of an account: is all well, and what does it cost? */

/** The newest apps of either kind that the page looks at. */
const MAX_APPS = 50;

const overviewPage = accountPage({
  id: 'Overview',
  path: '/console/:AccountSid',
  async show(call) {
    const shown = await readOverview(call);
    const { friendly_name } = call.account;
    return view({
      title: heading`${friendly_name}`,
      section: 'home',
      body: overviewBody(call, shown),
    });
  },
});

async function readOverview(call: AccountCall): Promise<OverviewShown> {
  const { db, account, app } = call;
  const { sid } = account;
  const today = dayOf(app.now());
  const month = startOf('m', today);
  const [figures, acting, own] = await Promise.all([
    readFigures(db, account, today),
    listActingApps(db, sid, MAX_APPS),
    countCustomersOfApps(db, sid, MAX_APPS),
  ]);
  const subaccounts = acting.map(({ subaccount_sid }) => subaccount_sid);
  const recent = { period: 'd', first: today - SHOWN_DAYS + 1, last: today } as const;
  const [spent, spent_recently] = await Promise.all([
    fetchSpendingOf(db, sid, subaccounts, { period: 'm', first: month, last: month }),
    fetchSpendingOf(db, sid, subaccounts, recent),
  ]);
  const app_sids = [...new Set(own.map(({ connect_app_sid }) => connect_app_sid))];
  const undelivered = await listUndeliveredOfApps(db, app_sids, MAX_READ);
  const [first, attention] = await Promise.all([
    fetchFirstSteps(db, sid, app_sids),
    readAttention(call, { acting, spent, own, figures, undelivered }),
  ]);
  return {
    figures,
    today,
    acting,
    are_all_acting: acting.length < MAX_APPS,
    own,
    spent,
    spent_recently,
    attention,
    set_ups: setUpsOf(call, { first, acting, own, has_missed_revokes: undelivered.some(isRevoke) }),
  };
}

export const overviewPages: readonly Page[] = [overviewPage];
