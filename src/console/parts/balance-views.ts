import { html } from 'hono/html';
import type { Account } from '../../accounts/account.ts';
import { limitsOf } from '../../accounts/account-limits.ts';
import type { App } from '../../app.ts';
import { type Html, isolated } from '../../http/pages/page.ts';
import { dateText } from '../../kit/day.ts';
import type { Micro } from '../../kit/money.ts';
import { moment, table } from '../../pages/widgets.ts';
import type { BalanceCredit } from '../../usage/balance-credit.ts';
import { CATEGORIES } from '../../usage/category.ts';
import type { Rate } from '../../usage/rate-card.ts';
import type { GrantSpending } from './balance-page-store.ts';
import { defaultRate } from './default-rate.ts';
import { amountText, categoryText, priceText } from './usage-words.ts';

/** The balance of a main account, in the views of its own people and of operators. */
export interface ShownBalance {
  readonly account: Account;
  readonly credits: readonly BalanceCredit[];
  readonly apps: readonly (GrantSpending & { readonly friendly_name: string })[];
  readonly rates: readonly Rate[];
  /** The most rows of each list. */
  readonly most: { readonly credits: number; readonly apps: number; readonly rates: number };
}

export function balanceBody({ config }: App, shown: ShownBalance): Html {
  const { account, credits, apps, rates, most } = shown;
  return html`${balancePanel(account)}
    <section>
      <h2>Credits</h2>
      ${
        credits.length === 0
          ? html`<p class="muted">Nothing was credited or taken back yet.</p>`
          : table(
              ['When', 'Amount', 'Reason'],
              credits.map(({ date_created, amount_micro, reason }) => [
                moment(date_created),
                usd(amount_micro),
                isolated(reason),
              ]),
              'Credits',
            )
      }
      ${cut(credits.length, most.credits)}
    </section>
    <section>
      <h2>Spending of apps</h2>
      ${
        apps.length === 0
          ? html`<p class="muted">No app may act on this account.</p>`
          : table(
              ['App', 'Limit in a month', 'Spent in this one'],
              apps.map(({ friendly_name, ...spending }) => [
                html`${isolated(friendly_name)} ${boundsLine(spending)}`,
                limitText(spending),
                spentText(spending),
              ]),
              'Spending of apps',
            )
      }
      ${cut(apps.length, most.apps)}
    </section>
    <section>
      <h2>Limits</h2>
      <dl class="facts">
        <dt>Requests a second</dt>
        <dd>${account.max_requests_per_second ?? defaultRate(config)}</dd>
        <dt>Subaccounts</dt>
        <dd>${limitsOf(account).max_subaccounts.toLocaleString('en')}</dd>
        <dt>Connect apps</dt>
        <dd>${limitsOf(account).max_connect_apps.toLocaleString('en')}</dd>
      </dl>
    </section>
    <section>
      <h2>Rates</h2>
      ${
        rates.length === 0
          ? html`<p class="muted">No rates are set: usage counts at price 0.</p>`
          : html`<p class="muted">
                Each price holds from its day on, in UTC. A rate also holds for the categories
                below its own that have none. Usage without a rate costs nothing.
              </p>
              ${table(['Usage', 'Price', 'From'], rates.map(rateRow), 'Rates')}`
      }
      ${cut(rates.length, most.rates)}
    </section>`;
}

function balancePanel({ balance_micro, balance_floor_micro: floor }: Account): Html {
  const isBelow = floor !== null && balance_micro < floor;
  return html`${
    isBelow
      ? html`<p class="notice bad" role="alert">
            The balance is below its floor: apps write nothing here, and nothing is sent.
          </p>`
      : null
  }
    <section class="panel">
      <dl class="facts">
        <dt>Balance</dt>
        <dd>${usd(balance_micro)}</dd>
        <dt>Floor</dt>
        <dd>
          ${
            floor === null
              ? 'None: the balance may fall without limit.'
              : html`${usd(floor)}; below it apps write nothing, and nothing is sent.`
          }
        </dd>
      </dl>
    </section>`;
}

const usd = (amount: Micro) => `${priceText(amount)} USD`;

export function limitText({ monthly_limit_micro: limit }: GrantSpending): string {
  return limit === null ? 'None' : usd(limit);
}

/** The countries that a grant's messages and calls may reach. */
export function countriesText({ countries }: GrantSpending): string {
  if (countries === null) return 'Any';
  return countries === '' ? 'None' : countries.replaceAll(' ', ', ');
}

/** The end of a grant. */
export function endsText({ date_ends }: GrantSpending): Html | string {
  return date_ends === null ? 'When it is revoked' : moment(date_ends);
}

/** The countries and the end of a grant that has them. */
export function boundsLine(spending: GrantSpending): Html | null {
  const { countries, date_ends } = spending;
  if (countries === null && date_ends === null) return null;
  return html`<br /><span class="muted"
    >${countries === null ? null : html`Countries: ${countriesText(spending)}`}
    ${date_ends === null ? null : html`Ends: ${endsText(spending)}`}</span>`;
}

/** The spending, marked when it is past the limit. */
export function spentText({ monthly_limit_micro: limit, spent_micro }: GrantSpending): Html {
  const isPast = limit !== null && spent_micro > limit;
  return html`${usd(spent_micro)}
  ${isPast ? html`<span class="tag bad">Past the limit: writes nothing</span>` : null}`;
}

function rateRow({ category, per, price_micro, from }: Rate) {
  const known = CATEGORIES.get(category);
  const units = per === 'count' ? known?.count_unit : known?.usage_unit;
  return [
    known ? categoryText(known) : category,
    `${amountText(price_micro)} USD ${units ? `per ${units.replace(/s$/, '')}` : PER_ONE[per]}`,
    html`<time datetime="${dateText(from)}">${dateText(from)}</time>`,
  ];
}

const PER_ONE = { count: 'each', usage: 'per unit' } as const;

function cut(count: number, most: number): Html | null {
  return count < most ? null : html`<p class="muted">The first ${most} are shown.</p>`;
}
