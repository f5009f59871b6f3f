import { html } from 'hono/html';
import { type AccountCall, type Html, isolated } from '../../http/pages/page.ts';
import type { Day } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { readPermissions } from '../../kit/permission.ts';
import { actionForm, code, moment } from '../../pages/widgets.ts';
import { asCode } from '../parts/as-code.ts';
import { type Attention, attentionPanel } from '../parts/attention.ts';
import { counted } from '../parts/console-views.ts';
import { changeText, money, moneyText } from '../parts/money-words.ts';
import { purse } from '../parts/purse.ts';
import { sparkline } from '../parts/sparkline.ts';
import { partsOf } from '../parts/usage-words.ts';
import type { Figures } from './overview-figures.ts';
import type { ActingApp, GrantedSet } from './overview-store.ts';
import type { SetUp } from './set-up.ts';

/** The view of an account's first page. */

export interface OverviewShown {
  readonly figures: Figures;
  readonly today: Day;
  readonly acting: readonly ActingApp[];
  /** Whether the account has no further acting apps. */
  readonly are_all_acting: boolean;
  readonly own: readonly GrantedSet[];
  readonly spent: ReadonlyMap<string, Micro>;
  readonly spent_recently: ReadonlyMap<string, Micro>;
  readonly attention: readonly Attention[];
  readonly set_ups: readonly SetUp[];
}

/** The most apps of either kind with a row. */
const MAX_ROWS = 5;
const YEAR_DAYS = 365;
/** The steps after which the list of first steps moves to the end of the page. */
const ENOUGH_STEPS = 3;

export function overviewBody(call: AccountCall, shown: OverviewShown): Html {
  const { account, origin } = call;
  const isNew = shown.acting.length === 0 && shown.own.length === 0;
  const setUp = account.type === 'Trial' ? null : setUpPanels(shown.set_ups);
  const done = shown.set_ups.flatMap(({ steps }) => steps).filter(({ is_done }) => is_done);
  const isFirst = done.length < ENOUGH_STEPS;
  return html`<p class="lede">
      ${account.type} account ${code(account.sid)}
    </p>
    ${account.type === 'Trial' ? upgradePanel(call) : null} ${isFirst ? setUp : null}
    ${figurePanels(call, shown)} ${isNew && shown.attention.length === 0 ? null : attentionPanel(shown.attention)}
    ${actingPanel(call, shown)} ${ownPanel(call, shown)} ${isFirst ? null : setUp}
    ${asCode(
      { origin, account_sid: account.sid },
      {
        path: '.json',
        node: `const account = await client.api.accounts('${account.sid}').fetch();
console.log(account.friendlyName, account.status);`,
        python: `account = client.api.accounts("${account.sid}").fetch()
print(account.friendly_name, account.status)`,
      },
      isNew ? 'A first request, as code' : 'As code',
    )}`;
}

function upgradePanel(call: AccountCall): Html {
  const { account, app } = call;
  return html`<section class="panel">
    <h2>Upgrade this account</h2>
    <p>
      A Trial account can look at everything. It can neither authorize apps nor make Connect apps,
      because a Trial account cannot be charged.
    </p>
    ${
      app.config.mode === 'development'
        ? actionForm(call, `/console/${account.sid}/upgrade`, 'Upgrade', { tone: 'primary' })
        : html`<p>Ask the people who run this platform to upgrade the account. They need its SID.</p>`
    }
  </section>`;
}

function figurePanels({ account }: AccountCall, { figures, today }: OverviewShown): Html {
  const { spent, spent_before, this_month, messages_today, calls_today } = figures;
  const home = `/console/${account.sid}`;
  const change = changeText(spent, spent_before);
  const { month } = partsOf(today);
  return html`<div class="kpis">
    <section class="panel kpi">
      <h2>Balance</h2>
      <p class="big">${money(account.balance_micro)}</p>
      <p class="sub">${balanceWords(account, figures)} <a href="${home}/balance">Credits and rates</a></p>
    </section>
    <section class="panel kpi">
      <h2>Last 30 days</h2>
      <p class="big">${money(spent)}</p>
      ${sparkline(figures.days, `Spending on each of the last ${figures.days.length} days`)}
      <p class="sub">
        ${
          change === null
            ? 'Nothing in the 30 days before.'
            : html`<strong>${change}</strong> on the 30 days before.`
        }
        <a href="${home}/usage">Usage</a>
      </p>
    </section>
    <section class="panel kpi">
      <h2>${month} so far</h2>
      <p class="big">${money(this_month)}</p>
      <p class="sub">
        Today ${money(figures.today)}: ${counted(messages_today, 'message')},
        ${counted(calls_today, 'call')}. Days are in UTC.
      </p>
    </section>
  </div>`;
}

function balanceWords(
  { balance_micro, balance_floor_micro: floor }: AccountCall['account'],
  { lasts_days }: Figures,
): string {
  if (floor !== null && balance_micro < floor) return `Below its floor of ${moneyText(floor)}.`;
  if (lasts_days !== null && lasts_days > YEAR_DAYS) return 'Lasts over a year at this pace.';
  if (lasts_days !== null) return `Lasts about ${counted(lasts_days, 'day')} at this pace.`;
  return floor === null ? 'It has no floor.' : `Its floor is ${moneyText(floor)}.`;
}

function actingPanel({ account }: AccountCall, shown: OverviewShown): Html | null {
  const { acting, spent, spent_recently, today } = shown;
  if (acting.length === 0) return null;
  const recently = ({ subaccount_sid }: ActingApp) => spent_recently.get(subaccount_sid) ?? 0;
  const list = `/console/${account.sid}/authorized-apps`;
  const apps = acting.toSorted((a, b) => recently(b) - recently(a)).slice(0, MAX_ROWS);
  return html`<section class="panel flush" aria-labelledby="apps">
    <div class="panel-head">
      <h2 id="apps">Apps that act on this account</h2>
      <a class="small" href="${list}">${allText(shown)}</a>
    </div>
    <table class="list cards">
      <thead>
        <tr>
          <th scope="col">App</th>
          <th scope="col">Spent in ${partsOf(today).month}</th>
          <th scope="col">May</th>
          <th scope="col">Last active</th>
          <th scope="col" class="num">30 days</th>
        </tr>
      </thead>
      <tbody>
        ${apps.map(
          (app) => html`<tr>
            <th scope="row">
              <a href="${list}/${app.connect_app_sid}">${isolated(app.friendly_name)}</a>
              ${app.company_name === null ? null : html`<small>${isolated(app.company_name)}</small>`}
            </th>
            <td class="whole">${purse(app, spent.get(app.subaccount_sid) ?? 0)}</td>
            <td class="hide">${permissionTags(app)}</td>
            <td class="hide">${moment(app.date_last_used)}</td>
            <td class="num" data-label="30 days">${money(recently(app))}</td>
          </tr>`,
        )}
      </tbody>
    </table>
  </section>`;
}

function allText({ acting, are_all_acting }: OverviewShown): string {
  if (!are_all_acting) return 'All authorized apps';
  return acting.length > MAX_ROWS ? `All ${acting.length} authorized apps` : 'Authorized apps';
}

const SHORT = { 'post-all': 'Charge', 'get-all': 'Read' } as const;

function permissionTags({ granted, asked }: ActingApp): Html[] {
  const wanted = readPermissions(asked);
  const has = readPermissions(granted).filter((one) => wanted.includes(one));
  return has.toReversed().map((one) => html`<span class="tag quiet">${SHORT[one]}</span> `);
}

/** The account's own apps, with their customers. */
function ownPanel({ account }: AccountCall, { own }: OverviewShown): Html | null {
  const apps = [...Map.groupBy(own, ({ connect_app_sid }) => connect_app_sid).values()];
  if (apps.length === 0) return null;
  const list = `/console/${account.sid}/connect-apps`;
  return html`<section class="panel flush" aria-labelledby="own-apps">
    <div class="panel-head">
      <h2 id="own-apps">Your apps</h2>
      <a class="small" href="${list}">Connect Apps</a>
    </div>
    <table class="list cards">
      <thead>
        <tr>
          <th scope="col">App</th>
          <th scope="col" class="num">Customers</th>
        </tr>
      </thead>
      <tbody>
        ${apps.slice(0, MAX_ROWS).map(([app, ...rest]) => {
          if (app === undefined) return null;
          const customers = rest.reduce((sum, set) => sum + set.customers, app.customers);
          return html`<tr>
            <th scope="row">
              <a href="${list}/${app.connect_app_sid}">${isolated(app.friendly_name)}</a>
            </th>
            <td class="num" data-label="Customers">${customers.toLocaleString('en')}</td>
          </tr>`;
        })}
      </tbody>
    </table>
  </section>`;
}

function setUpPanels(set_ups: readonly SetUp[]): Html[] {
  return set_ups.map(({ title, steps }) => {
    const done = steps.filter(({ is_done }) => is_done).length;
    return html`<section class="panel">
      <div class="panel-head">
        <h2>${title}</h2>
        <span class="muted small">${done} of ${steps.length} done</span>
      </div>
      <ol class="todo">
        ${steps.map(({ label, href, is_done }, at) =>
          is_done
            ? html`<li class="done">
                <span class="mark good" aria-hidden="true">✓</span
                ><span>${label}<span class="hidden"> (done)</span></span>
              </li>`
            : html`<li>
                <span class="mark" aria-hidden="true">${at + 1}</span
                ><a href="${href}">${label}</a>
              </li>`,
        )}
      </ol>
    </section>`;
  });
}
