import { html } from 'hono/html';
import type { AccountCall, Html } from '../../http/pages/page.ts';
import { tokenOfMoment } from '../../http/parameters/paging.ts';
import { DAY_MS, dateText } from '../../kit/day.ts';
import { moment } from '../../pages/widgets.ts';
import { TOTAL_PRICE } from '../../usage/category.ts';
import { asCode } from '../parts/as-code.ts';
import { moneyText } from '../parts/money-words.ts';
import { daysText } from '../parts/usage-words.ts';
import type { ChartLine } from './usage-chart.ts';
import type { UsageFilter } from './usage-filter.ts';
import type { PriceTrigger } from './usage-page-store.ts';
import { queryOf, type UsageShown } from './usage-shown.ts';

/** The parts beside the chart: its kinds of bars, the triggers, the ways to one day's things. */

/** The choice between bars of categories and bars of apps. */
export function partsLinks(own: string, filter: UsageFilter): Html | null {
  if (filter.account !== null) return null;
  const link = (by: UsageFilter['by'], label: string) =>
    html`<li><a href="${own}?${queryOf(filter, { by })}" ${by === filter.by ? html`aria-current="true"` : null}>${label}</a></li>`;
  return html`<nav class="seg" aria-label="Parts of the bars">
    <ul>
      ${link('category', 'By category')} ${link('app', 'By app')}
    </ul>
  </nav>`;
}

const RECURRING = { day: 'daily', month: 'monthly', year: 'yearly' } as const;
const EACH = { daily: 'a day', monthly: 'a month', yearly: 'a year' } as const;
/** The most lines of triggers in the chart, and how far above the bars one may be. */
const MAX_LINES = 3;
const MAX_ABOVE = 2;

/** The triggers that watch the same periods as the bars, if they are not far above them. */
export function triggerLines({ summary, triggers }: UsageShown): ChartLine[] {
  const highest = Math.max(...summary.buckets.map(({ price }) => price));
  return triggers
    .filter(({ recurring }) => recurring === RECURRING[summary.step])
    .filter(({ threshold }) => threshold <= highest * MAX_ABOVE)
    .slice(0, MAX_LINES)
    .map((trigger) => ({ name: triggerText(trigger), price: trigger.threshold }));
}

function triggerText({ friendly_name, threshold, recurring }: PriceTrigger): string {
  const each = recurring === null ? 'in all' : EACH[recurring];
  return `${friendly_name || 'Trigger'}: ${moneyText(threshold)} ${each}`;
}

/** The triggers of this usage in words, and the way to a new one. */
export function triggerWords(own: string, { filter, triggers }: UsageShown): Html {
  const query = new URLSearchParams({
    UsageCategory: filter.category?.name ?? TOTAL_PRICE,
    TriggerBy: 'price',
    Recurring: filter.days.last - filter.days.first < MONTH_DAYS ? 'daily' : 'monthly',
    ...(filter.account !== null && { AccountSid: filter.account }),
  }).toString();
  return html`<p class="muted small">
    ${triggers.map(
      (trigger) =>
        html`<a href="${own}/triggers/${trigger.sid}"><bdi>${triggerText(trigger)}</bdi></a>${firedText(trigger)}.
        `,
    )}
    <a href="${own}/triggers/new?${query}">Set a trigger on this usage</a>
  </p>`;
}

const MONTH_DAYS = 40;

function firedText({ date_fired }: PriceTrigger): Html | null {
  return date_fired === null ? null : html`, fired on ${moment(date_fired)}`;
}

/** The ways from one day to its messages and calls. */
export function behindSection({ account }: AccountCall, { filter }: UsageShown): Html | null {
  const { first, last } = filter.days;
  if (first !== last) return null;
  const end = (last + 1) * DAY_MS;
  const link = (list: 'messages' | 'calls', prefix: string, label: string) => {
    const token = tokenOfMoment(end, prefix);
    const query = new URLSearchParams({
      ...(filter.account !== null && { account: filter.account }),
      Page: '1',
      PageToken: token,
    });
    return html`<a href="/console/${account.sid}/${list}?${query.toString()}">${label}</a>`;
  };
  return html`<p class="links">
    ${link('messages', 'SM', `Messages of ${daysText(filter.days)}`)}
    ${link('calls', 'CA', `Calls of ${daysText(filter.days)}`)}
  </p>`;
}

/** The days of the page as the API lists them. */
export function usageCode({ origin, account }: AccountCall, filter: UsageFilter): Html {
  const Category = filter.category?.name ?? TOTAL_PRICE;
  const [StartDate, EndDate] = [dateText(filter.days.first), dateText(filter.days.last)];
  const account_sid = filter.account ?? account.sid;
  const [year, month, day] = StartDate.split('-').map(Number);
  const [lastYear, lastMonth, lastDay] = EndDate.split('-').map(Number);
  return asCode(
    { origin, account_sid },
    {
      path: '/Usage/Records/Daily.json',
      query: { Category, StartDate, EndDate },
      node: `const records = await client.usage.records.daily.list({
  category: '${Category}',
  startDate: new Date('${StartDate}'),
  endDate: new Date('${EndDate}'),
});
for (const { startDate, price } of records) console.log(startDate, price);`,
      python: `from datetime import date

records = client.usage.records.daily.list(
    category="${Category}",
    start_date=date(${year}, ${month}, ${day}),
    end_date=date(${lastYear}, ${lastMonth}, ${lastDay}),
)
for record in records:
    print(record.start_date, record.price)`,
    },
  );
}
