import { html } from 'hono/html';
import type { Account } from '../../accounts/account.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import {
  accountPage,
  heading,
  isolated,
  operatorPage,
  type Page,
  type PageCall,
  view,
} from '../../http/pages/page.ts';
import { orNotFound } from '../../kit/api-error.ts';
import { dayOf, startOf } from '../../kit/day.ts';
import { listCredits } from '../../usage/balance-credit-store.ts';
import { examplesIn, ratesInForce } from '../../usage/rate-card.ts';
import { listRates } from '../../usage/rate-store.ts';
import { listSpendingOfApps } from '../parts/balance-page-store.ts';
import { balanceBody, type ShownBalance } from '../parts/balance-views.ts';
import { ACCOUNT, demandMainAccount, pathOf } from '../parts/platform-account.ts';

/** The pages of an account's balance, credits, limits and rates, for its people and operators. */

const MOST = { credits: 100, apps: 100, rates: 500 } as const;

async function readBalance({ app, db }: PageCall, account: Account): Promise<ShownBalance> {
  const today = dayOf(app.now());
  const month = startOf('m', today);
  const [credits, apps, operators] = await Promise.all([
    listCredits(db, account.sid, MOST.credits),
    listSpendingOfApps(db, account.sid, month, MOST.apps),
    listRates(db),
  ]);
  const card = { operators, examples: examplesIn(app.config.mode) };
  const rates = ratesInForce(card, today).slice(0, MOST.rates);
  return { account, credits, apps, rates, most: MOST };
}

const balancePage = accountPage({
  id: 'Balance',
  path: '/console/:AccountSid/balance',
  async show(call) {
    const account = orNotFound(await fetchAccount(call.db, call.account.sid));
    const body = balanceBody(call.app, await readBalance(call, account));
    return view({ title: 'Balance and Rates', section: 'balance', body });
  },
});

const platformBalancePage = operatorPage({
  id: 'PlatformAccountBalance',
  path: `${ACCOUNT}/balance`,
  async show(call) {
    const account = await demandMainAccount(call.db, call);
    const body = balanceBody(call.app, await readBalance(call, account));
    return view({
      title: heading`Balance of ${account.friendly_name}`,
      section: 'operator',
      body: html`<p><a href="${pathOf(call)}">← ${isolated(account.friendly_name)}</a></p>
        ${body}`,
    });
  },
});

export const balancePages: readonly Page[] = [balancePage, platformBalancePage];
