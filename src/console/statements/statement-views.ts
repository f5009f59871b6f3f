import { html } from 'hono/html';
import type { Page, PageRequest } from '../../db/keyset.ts';
import { type AccountCall, type Html, isolated, type Problem } from '../../http/pages/page.ts';
import { DAY_MS, type Day, startOf, startOfNext } from '../../kit/day.ts';
import { MICRO_PER_UNIT } from '../../kit/money.ts';
import { pager } from '../../pages/pager.ts';
import { emptyState, moment } from '../../pages/widgets.ts';
import { CATEGORIES } from '../../usage/category.ts';
import type { GrantSpending } from '../parts/balance-page-store.ts';
import { money, moneyText } from '../parts/money-words.ts';
import { purse } from '../parts/purse.ts';
import { sparkline } from '../parts/sparkline.ts';
import { amountText, categoryText, partsOf, priceText, withUnit } from '../parts/usage-words.ts';
import {
  monthText,
  PRINTED_ITEMS,
  type StatementFilter,
  type StatementItem,
  type StatementSums,
} from './read-statement.ts';
import type { StatedGrant } from './statement-store.ts';

export interface Statements {
  readonly found: Page<StatedGrant>;
  readonly request: PageRequest;
  /** The first day of this month. */
  readonly month: Day;
  readonly now: ReadonlyMap<string, GrantSpending>;
  readonly before: ReadonlyMap<string, GrantSpending>;
}

export function statementsBody(call: AccountCall, shown: Statements): Html {
  const { found, request, month } = shown;
  const list = `/console/${call.account.sid}/statements`;
  if (found.rows.length === 0 && !found.has_previous) {
    return emptyState(
      'No app has acted on this account',
      'A statement says what one app did in a month and what that cost. It begins when you authorize an app.',
    );
  }
  const last = startOf('m', month - 1);
  const spent = (of: Statements['now'], { sid }: StatedGrant) => of.get(sid)?.spent_micro ?? 0;
  return html`<section class="panel flush">
      <table class="list cards">
        <thead>
          <tr>
            <th scope="col">App</th>
            <th scope="col" class="num">${monthName(last)}</th>
            <th scope="col" class="num">${monthName(month)} so far</th>
          </tr>
        </thead>
        <tbody>
          ${found.rows.map((grant) => {
            const path = `${list}/${grant.connect_app_sid}`;
            return html`<tr>
              <th scope="row">
                <a href="${path}">${isolated(grant.friendly_name)}</a>
                <small>${isolated(grant.company_name)}${grant.date_revoked === null ? null : ', revoked'}</small>
              </th>
              <td class="num" data-label="${monthName(last)}">
                <a href="${path}?month=${monthText(last)}">${money(spent(shown.before, grant))}</a>
              </td>
              <td class="num whole" data-label="${monthName(month)}">${money(spent(shown.now, grant))}</td>
            </tr>`;
          })}
        </tbody>
      </table>
    </section>
    ${pager(list, call.query, request, found)}`;
}

function monthName(month: Day): string {
  return `${partsOf(month).month} ${partsOf(month).year}`;
}

export interface Statement {
  readonly grant: StatedGrant;
  readonly filter: StatementFilter;
  readonly today: Day;
  readonly sums: StatementSums;
  readonly days: readonly number[];
  readonly found: { readonly items: readonly StatementItem[]; readonly has_next: boolean };
  readonly problem: Problem | null;
}

export function statementBody({ account }: AccountCall, shown: Statement): Html {
  const { grant, filter, sums, days, problem } = shown;
  const own = `/console/${account.sid}/statements/${grant.connect_app_sid}`;
  return html`${problem && html`<p class="notice bad" role="alert">${problem.message}.</p>`}
    <p class="muted">
      By ${isolated(grant.company_name)}, for ${isolated(account.friendly_name)}. Authorized
      ${moment(grant.date_created)}${grant.date_revoked === null ? null : html`, revoked ${moment(grant.date_revoked)}`}.
      ${isFinal(shown) ? 'Final.' : 'The month goes on.'} Days are in UTC, sums in US dollars.
    </p>
    ${tools(own, shown)}
    <div class="kpis">
      <section class="panel kpi">
        <h2>Spent</h2>
        <p class="big">${money(sums.total)}</p>
        ${sparkline(days, 'Cost of each day')}
        <div class="sub">${isFinal(shown) || grant.date_revoked !== null ? null : purse(grant, sums.total)}</div>
      </section>
      ${figure('Messages', ['sms', 'mms'], 'message segments', sums)}
      ${figure('Calls', ['calls'], 'calls', sums)} ${figure('Numbers', ['phonenumbers'], 'numbers', sums)}
    </div>
    ${
      sums.lines.length === 0
        ? emptyState(
            `Nothing in ${monthName(filter.month)}`,
            html`${isolated(grant.friendly_name)} has done nothing that costs in this month.`,
          )
        : html`${categories(own, shown)} ${itemsPanel(account.sid, own, shown)}`
    }`;
}

function isFinal({ filter, today }: Statement): boolean {
  return startOfNext('m', filter.month) <= today;
}

/** The months beside this one, the file and the page for the printer. */
function tools(own: string, { grant, filter, today, found }: Statement): Html {
  const { month, is_printed } = filter;
  const before = startOf('m', month - 1);
  const next = startOfNext('m', month);
  const has_before = month * DAY_MS > grant.date_created;
  return html`<nav class="links statement-tools" aria-label="Month">
    ${has_before ? html`<a href="${own}?month=${monthText(before)}" rel="prev">← ${monthName(before)}</a>` : null}
    ${next > today ? null : html`<a href="${own}?month=${monthText(next)}" rel="next">${monthName(next)} →</a>`}
    <a href="${own}/export?month=${monthText(month)}" download>CSV of every item</a>
    ${
      is_printed
        ? html`<span class="muted"
            >${
              found.has_next
                ? `The first ${PRINTED_ITEMS.toLocaleString('en')} items; the CSV has all of them.`
                : 'Print this page with your browser.'
            }</span
          >`
        : html`<a href="${own}?month=${monthText(month)}&amp;print=1">Page to print</a>`
    }
  </nav>`;
}

function figure(
  title: string,
  names: readonly string[],
  unit: string,
  { of }: StatementSums,
): Html {
  const used = names.map((name) => of.get(name)).filter((one) => one !== undefined);
  const count = used.reduce((sum, one) => sum + one.count, 0);
  const price = used.reduce((sum, one) => sum + one.price_micro, 0);
  return html`<section class="panel kpi">
    <h2>${title}</h2>
    <p class="big">${count.toLocaleString('en')}</p>
    <p class="sub">${unit}, ${moneyText(price)}</p>
  </section>`;
}

function categories(own: string, { sums, filter }: Statement): Html {
  return html`<section class="panel flush" aria-labelledby="categories">
    <div class="panel-head"><h2 id="categories">By category</h2></div>
    <table class="list cards">
      <thead>
        <tr>
          <th scope="col">Category</th>
          <th scope="col" class="num hide">Count</th>
          <th scope="col" class="num hide">Usage</th>
          <th scope="col" class="num">Cost</th>
        </tr>
      </thead>
      <tbody>
        ${sums.lines.map(
          ({ category, count, usage_micro, price_micro }) => html`<tr>
            <th scope="row">
              <a href="${own}?month=${monthText(filter.month)}&amp;category=${category.name}#items">${categoryText(category)}</a>
            </th>
            <td class="num hide">${amountText(count * MICRO_PER_UNIT)}</td>
            <td class="num hide">${withUnit(usage_micro, category.usage_unit)}</td>
            <td class="num">${money(price_micro)}</td>
          </tr>`,
        )}
        <tr class="sum">
          <th scope="row">Sum</th>
          <td class="hide"></td>
          <td class="hide"></td>
          <td class="num"><strong>${money(sums.total)}</strong></td>
        </tr>
      </tbody>
    </table>
  </section>`;
}

function itemsPanel(account_sid: string, own: string, { filter, found }: Statement): Html {
  const { category, month, after } = filter;
  const query = (more: Record<string, string>) =>
    new URLSearchParams({
      month: monthText(month),
      ...(category && { category: category.name }),
      ...more,
    }).toString();
  const last = found.items.at(-1);
  return html`<section class="panel flush" aria-labelledby="items">
    <div class="panel-head">
      <h2 id="items">${category === null ? 'Everything it did' : categoryText(category)}</h2>
      ${category === null ? null : html`<a class="small" href="${own}?month=${monthText(month)}#items">All categories</a>`}
    </div>
    <table class="list cards">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col" class="hide">When</th>
          <th scope="col" class="num">Cost</th>
        </tr>
      </thead>
      <tbody>
        ${found.items.map((item) => itemRow(account_sid, item))}
      </tbody>
    </table>
    ${
      after === null && !found.has_next
        ? null
        : html`<p class="panel-foot links">
            ${after === null ? null : html`<a href="${own}?${query({})}#items">First items</a>`}
            ${found.has_next && last && !filter.is_printed ? html`<a href="${own}?${query({ after: last.key })}#items" rel="next">More items →</a>` : null}
          </p>`
    }
  </section>`;
}

function itemRow(account_sid: string, item: StatementItem): Html {
  const { category, at, ends, reason, count, usage_micro, price_micro, sid } = item;
  const known = CATEGORIES.get(category);
  const amount = known?.usage_unit ? withUnit(Number(usage_micro), known.usage_unit) : count;
  const price = Number(price_micro);
  return html`<tr>
    <th scope="row">
      ${named(account_sid, item, known ? categoryText(known) : category)}
      <small>${ends ? html`${ends.from === null ? null : html`${isolated(ends.from)} → `}${isolated(ends.to)}, ${ends.status}, ` : null}${reason === null ? amount : isolated(reason)}${ends === null && sid === null && reason === null ? ', metered by the operator' : null}</small>
    </th>
    <td class="hide">${moment(at)}</td>
    <td class="num" title="${priceText(price)} USD">${unitPrice(price)}</td>
  </tr>`;
}

/** The name of an item, which leads to its message or call. */
function named(account_sid: string, { ends }: StatementItem, name: string): Html | string {
  if (ends === null) return name;
  const list = ends.sid.startsWith('CA') ? 'calls' : 'messages';
  return html`<a href="/console/${account_sid}/${list}/${ends.sid}">${name}</a>`;
}

/** A price of one item, with the decimals that it needs. */
function unitPrice(price: number): string {
  const text = amountText(Math.abs(price));
  const cents = /\.\d$/.test(text) ? `${text}0` : text.includes('.') ? text : `${text}.00`;
  return `${price < 0 ? '−' : ''}$${cents}`;
}
