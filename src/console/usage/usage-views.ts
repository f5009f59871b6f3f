import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { dateText } from '../../kit/day.ts';
import { MICRO_PER_UNIT } from '../../kit/money.ts';
import { emptyState, field, type Option, selectField } from '../../pages/widgets.ts';
import { CATEGORIES, type Category, TOTAL_PRICE } from '../../usage/category.ts';
import type { Days } from '../../usage/usage-range.ts';
import { filterPanel } from '../parts/filter-panel.ts';
import { changeText, moneyText } from '../parts/money-words.ts';
import { amountText, categoryText, daysText, priceText, withUnit } from '../parts/usage-words.ts';
import {
  behindSection,
  partsLinks,
  triggerLines,
  triggerWords,
  usageCode,
} from './usage-beside-views.ts';
import { colourOf, seriesText, usageChart } from './usage-chart.ts';
import { PERIODS, type UsageFilter } from './usage-filter.ts';
import { queryOf, type UsageShown, usagePath } from './usage-shown.ts';
import type { UsageSummary } from './usage-summary.ts';
import { accountTable, bucketTable, categoryTable, stepTitle } from './usage-table-views.ts';

/** The view of the usage page. */

/** @param shown null when the filter has an error, and the page shows nothing below it. */
export function usageBody(
  call: AccountCall,
  shown: UsageShown | null,
  accounts: readonly Option[],
): Html {
  return html`${shown ? periodTabs(call, shown.filter) : unreadable(call)} ${filterForm(call, shown, accounts)}
  ${shown && usageFound(call, shown)}`;
}

function periodTabs({ account }: AccountCall, filter: UsageFilter): Html {
  return html`<nav class="tabs" aria-label="Period">
    <ul>
      ${Object.entries(PERIODS).map(([period, label]) => {
        const current = period === filter.period ? html`aria-current="page"` : null;
        const query = queryOf(filter, { period });
        return html`<li><a href="${usagePath(account.sid)}?${query}" ${current}>${label}</a></li>`;
      })}
    </ul>
  </nav>`;
}

/** The error of a query part for which the form has no field. */
function unreadable({ problem }: AccountCall): Html | null {
  const { parameter = '', rule = '' } = problem?.broken ?? {};
  const label = { period: 'Period', by: 'By' }[parameter];
  if (label === undefined) return null;
  return html`<p class="notice bad" role="alert">${label} ${rule}.</p>`;
}

function filterForm(call: AccountCall, shown: UsageShown | null, accounts: readonly Option[]) {
  const filter = shown?.filter;
  const day = (name: string, label: string, value: number | undefined) =>
    field(call, {
      name,
      label,
      type: 'date',
      value: value === undefined ? null : dateText(value),
    });
  return filterPanel({
    own: usagePath(call.account.sid),
    is_on: !filter || filter.period === null,
    summary: 'Other days, one app, one category',
    fields: html`${day('from', 'From', filter?.days.first)} ${day('to', 'To', filter?.days.last)}
      ${selectField(call, { name: 'account', label: 'App or account', options: accounts })}
      ${selectField(call, { name: 'category', label: 'Category', options: categoryOptions(shown) })}`,
    submit: 'Show',
  });
}

/** The categories with usage, each level indented, and the selected one. */
function categoryOptions(shown: UsageShown | null): Option[] {
  const chosen = shown?.filter.category ?? null;
  const used = shown?.summary.used ?? [];
  const isMissing = chosen !== null && !used.some(({ category }) => category === chosen);
  const offered = isMissing ? [...used, { category: chosen, depth: 0 }] : used;
  const options = offered.map(({ category, depth }) => ({
    value: category.name,
    label: `${'\u00a0'.repeat(3 * depth)}${categoryText(category)}`,
  }));
  return [{ value: '', label: 'All' }, ...options];
}

function usageFound(call: AccountCall, shown: UsageShown): Html {
  const { filter, summary, accounts } = shown;
  const own = usagePath(call.account.sid);
  const hrefOf = (category: string) => `${own}?${queryOf(filter, { category })}`;
  const isUsed = summary.buckets.some((bucket) => bucket.is_used);
  if (!isUsed) return html`${narrowed(own, shown)} ${nothingUsed(call, shown)}`;
  return html`${narrowed(own, shown)} ${sumPanel(own, shown)} ${chartSection(own, shown, hrefOf)}
    ${behindSection(call, shown)}
    <section>
      <h2>By category</h2>
      ${categoryTable(summary, hrefOf)}
    </section>
    ${
      accounts === null || accounts.length === 0
        ? null
        : html`<section>
            <h2>By app</h2>
            <p class="muted">
              Every app that you authorize uses a subaccount of its own. The table shows the cost
              of each.
            </p>
            ${accountTable(accounts, summary.total.price_micro, (sid) => `${own}?${queryOf(filter, { account: sid })}`)}
          </section>`
    }
    <section>
      <h2>${stepTitle(summary)}</h2>
      ${bucketTable(summary)}
    </section>
    ${usageCode(call, filter)}`;
}

/** Links from the selected category to its parents, and from the selected account to all. */
function narrowed(own: string, { filter, account }: UsageShown): Html | null {
  const { category } = filter;
  if (category === null && account === null) return null;
  const above = (category?.levels ?? [])
    .slice(1)
    .toReversed()
    .flatMap((name) => CATEGORIES.get(name) ?? []);
  const link = (changes: Parameters<typeof queryOf>[1], label: string) =>
    html`<a href="${own}?${queryOf(filter, changes)}">${label}</a>`;
  return html`<p class="narrowed">
    ${
      category &&
      html`<span>
        ${link({ category: null }, 'All usage')} ›
        ${above.map((one) => html`${link({ category: one.name }, categoryText(one))} › `)}
        <strong>${categoryText(category)}</strong>
      </span>`
    }
    ${
      account &&
      html`<span>
        Only <strong><bdi>${account}</bdi></strong>. ${link({ account: null }, 'Show all accounts')}
      </span>`
    }
  </p>`;
}

function sumPanel(own: string, shown: UsageShown): Html {
  const { filter, summary } = shown;
  const { total } = summary;
  const { category } = filter;
  return html`<section class="panel sums">
    <div>
      <p class="muted">
        ${category === null ? 'All usage' : categoryText(category)}, ${daysText(filter.days)}
      </p>
      <p class="sum">${priceText(total.price_micro)} <small>USD</small></p>
      ${category === null ? null : html`<p class="muted">${usedText(category, total)}</p>`}
      ${changeLine(shown)}
    </div>
    <p class="muted">
      Days are in UTC. <a href="${own}/export?${queryOf(filter)}" download>Export as CSV</a>
    </p>
  </section>`;
}

/** The change from the days before. Days to come are compared with nothing. */
function changeLine({ summary, today }: UsageShown): Html | null {
  const { before, buckets, step } = summary;
  const past = buckets.filter(({ days }) => days.first <= today);
  if (past.length < buckets.length && step !== 'day') return null;
  const sum = before.prices.slice(0, past.length).reduce((all, price) => all + price, 0);
  const change = changeText(summary.total.price_micro, sum);
  if (change === null) return null;
  const first = before.days.first;
  const days =
    past.length < before.prices.length && step === 'day'
      ? { first, last: first + past.length - 1 }
      : before.days;
  return html`<p class="muted">
    <strong>${change}</strong> on ${daysText(days)}, which cost ${moneyText(sum)}
  </p>`;
}

/** `1,301 minutes, counted 261 times`. Each message counts once, so messages have no count. */
function usedText({ usage_unit }: Category, { usage_micro, count }: UsageSummary['total']): string {
  const used = withUnit(usage_micro, usage_unit);
  const times = count * MICRO_PER_UNIT;
  return times === usage_micro ? used : `${used}, counted ${amountText(times)} times`;
}

function chartSection(own: string, shown: UsageShown, hrefOf: (category: string) => string): Html {
  const { filter, summary } = shown;
  const { series, before } = summary;
  if (series.length === 0) {
    return html`<p class="notice info">
      None of this usage has a price, so there is no chart. The tables below have the counts.
    </p>`;
  }
  const what = filter.category ?? (CATEGORIES.get(TOTAL_PRICE) as Category);
  const title = `Price of ${categoryText(what)} ${stepTitle(summary).toLowerCase()}, ${daysText(filter.days)}`;
  const hrefOfDays = ({ first, last }: Days) =>
    `${own}?${queryOf(filter, { period: null, from: dateText(first), to: dateText(last) })}`;
  const lines = triggerLines(shown);
  const isCompared = before.prices.some((price) => price !== 0);
  return html`<figure class="usage panel">
    ${partsLinks(own, filter)} ${usageChart(summary, { title, lines, hrefOf: hrefOfDays })}
    <figcaption>
      <ul class="legend" aria-label="Colours">
        ${series.map((one, place) => {
          const { category, account, price } = one;
          const name = seriesText(one);
          const label =
            category && category !== filter.category
              ? html`<a href="${hrefOf(category.name)}">${name}</a>`
              : account
                ? html`<a href="${own}?${queryOf(filter, { account: account.sid })}"><bdi>${name}</bdi></a>`
                : name;
          return html`<li>
            <span class="swatch ${colourOf(one, place)}"></span>${label}
            <small>${priceText(price)} USD</small>
          </li>`;
        })}
        ${isCompared ? html`<li><span class="swatch before"></span>${daysText(before.days)}</li>` : null}
        ${lines.length === 0 ? null : html`<li><span class="swatch trigger"></span>Usage trigger</li>`}
      </ul>
      ${triggerWords(own, shown)}
    </figcaption>
  </figure>`;
}

function nothingUsed(call: AccountCall, { filter, is_ever_used }: UsageShown): Html {
  const { account, app, origin } = call;
  if (is_ever_used) {
    return emptyState(
      'Nothing was used',
      `There is no usage of this selection in ${daysText(filter.days)}. Choose other days or show everything.`,
      html`<a href="${usagePath(account.sid)}?period=this-year">Show everything this year</a>`,
    );
  }
  const what =
    'The usage of your account and of the apps that you authorized, such as messages, calls and ' +
    'phone numbers, is counted here immediately, with its price.';
  if (app.config.mode !== 'development') return emptyState('Nothing was used yet', what);
  const event = JSON.stringify({
    account_sid: account.sid,
    category: 'sms-outbound-longcode',
    count: 3,
    key: 'my first usage',
  });
  const curl = `curl -H 'Content-Type: application/json' ${origin}/_tieline/usage -d '${event}'`;
  return html`${emptyState('Nothing was used yet', what)}
    <h2>Test usage</h2>
    <p>
      In development you can record usage yourself, for this account or one of its subaccounts.
      The same key counts once.
    </p>
    <pre tabindex="0" role="region" aria-label="A curl command"><code>${curl}</code></pre>`;
}
