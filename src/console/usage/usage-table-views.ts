import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import { dateText } from '../../kit/day.ts';
import { MICRO_PER_UNIT, type Micro } from '../../kit/money.ts';
import type { Days } from '../../usage/usage-range.ts';
import {
  amountText,
  categoryText,
  daysText,
  placesOf,
  priceText,
  withUnit,
} from '../parts/usage-words.ts';
import { seriesText } from './usage-chart.ts';
import type { UsageLine, UsageSummary } from './usage-summary.ts';

/** The tables of the usage page: by category, by account and by day. */

/** A row of numbers under a name. */
interface FigureRow {
  readonly name: Html | string;
  readonly cells: readonly string[];
  /** The level of the row in a table of things and their parts, from 0. */
  readonly depth?: number;
  /** Whether the row is the sum of the others, which stands apart. */
  readonly is_sum?: boolean;
}

const MAX_DEPTH = 4;

/** A table of numbers. A table wider than the screen scrolls by itself. */
function figures(caption: string, heads: readonly string[], rows: readonly FigureRow[]): Html {
  return html`<div class="overflow-auto" tabindex="0" role="region" aria-label="${caption}">
    <table class="figures">
      <thead>
        <tr>
          ${heads.map((head) => html`<th scope="col">${head}</th>`)}
        </tr>
      </thead>
      <tbody>
        ${rows.map(
          (row) =>
            html`<tr class="${rowClass(row)}">
              <th scope="row">${row.name}</th>
              ${row.cells.map((cell) => html`<td>${cell}</td>`)}
            </tr>`,
        )}
      </tbody>
    </table>
  </div>`;
}

function rowClass({ depth, is_sum }: FigureRow): string {
  if (is_sum) return 'sum';
  return depth === undefined ? '' : `depth-${Math.min(depth, MAX_DEPTH)}`;
}

/** @param hrefOf the page of one category */
export function categoryTable(
  { lines, total }: UsageSummary,
  hrefOf: (category: string) => string,
): Html {
  const places = placesOf(
    [total, ...lines.map(({ used }) => used)].map((used) => used.price_micro),
  );
  const rows = lines.map((line, at): FigureRow => {
    const { category, used, depth } = line;
    return {
      name: lineName(line, lines[at + 1], hrefOf),
      depth,
      cells: [
        amountText(used.count * MICRO_PER_UNIT),
        withUnit(used.usage_micro, category.usage_unit),
        priceText(used.price_micro, places),
      ],
    };
  });
  const sum = { name: 'Total', cells: ['', '', priceText(total.price_micro, places)], isSum: true };
  return figures('By category', ['Category', 'Count', 'Usage', 'Price in USD'], [...rows, sum]);
}

/** A category with children in the table links to their page. */
function lineName(
  { category, is_rest, depth }: UsageLine,
  next: UsageLine | undefined,
  hrefOf: (category: string) => string,
): Html {
  const name = html`<bdi>${categoryText(category)}</bdi>`;
  const hasParts = next !== undefined && next.depth > depth;
  return html`${hasParts ? html`<a href="${hrefOf(category.name)}">${name}</a>` : name}${
    is_rest ? ', no finer category' : null
  }
  <small class="sid">${category.name}</small>`;
}

/** An account or subaccount with its spending. */
export interface AccountLine {
  readonly sid: string;
  /** The name of the app that uses the subaccount, or the account's own name. */
  readonly name: string;
  readonly price: Micro;
}

/**
 * @param total includes the spending of accounts without a line
 * @param hrefOf the page of one account
 */
export function accountTable(
  lines: readonly AccountLine[],
  total: Micro,
  hrefOf: (sid: string) => string,
): Html {
  const others = lines.reduce((rest, { price }) => rest - price, total);
  const prices = [total, others, ...lines.map(({ price }) => price)];
  const places = placesOf(prices);
  const row = (name: Html | string, price: Micro, { is_sum } = { is_sum: false }): FigureRow => ({
    name,
    cells: [shareText(price, total), priceText(price, places)],
    is_sum,
  });
  return figures(
    'By app',
    ['App or account', 'Share', 'Price in USD'],
    [
      ...lines.map(({ sid, name, price }) =>
        row(
          html`<a href="${hrefOf(sid)}"><bdi>${name}</bdi></a> <small class="sid">${sid}</small>`,
          price,
        ),
      ),
      ...(others === 0 ? [] : [row('All others', others)]),
      row('Total', total, { is_sum: true }),
    ],
  );
}

/** A share has no meaning when corrections outweigh the usage, and the text is empty then. */
function shareText(price: Micro, total: Micro): string {
  if (total <= 0 || price < 0 || price > total) return '';
  const percent = (price / total) * 100;
  return percent > 0 && percent < 1 ? '< 1%' : `${Math.round(percent)}%`;
}

const TITLES = { day: 'By day', month: 'By month', year: 'By year' } as const;

function bucketName(days: Days): Html | string {
  if (days.first !== days.last) return daysText(days);
  return html`<time datetime="${dateText(days.first)}">${daysText(days)}</time>`;
}

/** The numbers of the chart, the newest first, without the buckets that have no usage. */
export function bucketTable({ buckets, series, step, total }: UsageSummary): Html {
  const rows = buckets
    .map(({ days, price, is_used }, at) => ({
      name: bucketName(days),
      is_used,
      prices: [...series.map(({ prices }) => prices[at] ?? 0), price],
    }))
    .filter(({ is_used }) => is_used)
    .toReversed();
  const sums = [...series.map(({ price }) => price), total.price_micro];
  const all = [...rows.map(({ prices }) => prices), sums];
  const places = sums.map((_, column) => placesOf(all.map((prices) => prices[column] ?? 0)));
  const cellsOf = (prices: readonly Micro[]) =>
    prices.map((price, column) => priceText(price, places[column]));
  return figures(
    TITLES[step],
    [step.charAt(0).toUpperCase() + step.slice(1), ...series.map(seriesText), 'Total in USD'],
    [
      ...rows.map(({ name, prices }) => ({ name, cells: cellsOf(prices) })),
      { name: 'Total', cells: cellsOf(sums), is_sum: true },
    ],
  );
}

/** The heading of the chart and its table. */
export function stepTitle({ step }: UsageSummary): string {
  return TITLES[step];
}
