import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import { MICRO_PER_UNIT, type Micro } from '../../kit/money.ts';
import type { Days } from '../../usage/usage-range.ts';
import { categoryText, daysText, partsOf, priceText } from '../parts/usage-words.ts';
import type { UsageSeries, UsageSummary } from './usage-summary.ts';

/**
 * A chart of stacked bars. Horizontal places are in percent and heights in pixels, so that the
 * chart fills any screen and its text keeps its size. Colours are classes of the style sheet,
 * because the content security policy allows no inline styles.
 */

const HEIGHT = 200;
/** Below the bars, for two lines of text. */
const LABELS = 40;
const LINE = 16;
/** The width of a bar as a part of its place. The rest is the gap between bars. */
const BAR = 0.72;
/** The widest bar, in percent. Without a limit, a few bars would fill the screen. */
const MAX_BAR = 9;
/** The number of horizontal lines, about. */
const TICKS = 4;
/** The most labels. A chart with more bars labels every second, third … bar. */
const MAX_LABELS = 12;

/** The class of a colour: `c1` … `c6`, and `c0` for all other categories. */
export function colourOf({ category, account }: UsageSeries, place: number): string {
  return category === null && account === null ? 'c0' : `c${place + 1}`;
}

export function seriesText({ category, account }: UsageSeries): string {
  if (account !== null) return account.name;
  return category === null ? 'Others' : categoryText(category);
}

/** A value that the chart marks by a line across. */
export interface ChartLine {
  readonly name: string;
  readonly price: Micro;
}

interface ChartExtras {
  /** Describes the chart for people who cannot see it. */
  readonly title: string;
  readonly lines: readonly ChartLine[];
  /** The page of one bar's days. */
  readonly hrefOf: (days: Days) => string;
}

export function usageChart(summary: UsageSummary, extras: ChartExtras): Html {
  const { title, lines } = extras;
  const { buckets } = summary;
  const scale = scaleOf(summary, lines);
  const heightOf = (price: Micro) => (price / (scale.high - scale.low)) * HEIGHT;
  const zero = HEIGHT + heightOf(scale.low);
  return html`<div class="chart">
    <div class="scale" aria-hidden="true">
      ${scale.ticks.toReversed().map((tick) => html`<span>${tickText(tick)}</span>`)}
    </div>
    <svg role="group" aria-labelledby="chart-title chart-text" width="100%" height="${HEIGHT + LABELS}">
      <title id="chart-title">${title}</title>
      <desc id="chart-text">${describe(summary)}</desc>
      ${scale.ticks.map((tick) => {
        const y = fixed(zero - heightOf(tick));
        return html`<line class="${tick === 0 ? 'zero' : 'tick'}" x1="0" x2="100%" y1="${y}" y2="${y}" />`;
      })}
      ${buckets.map((_, at) => bar(summary, at, { zero, heightOf, hrefOf: extras.hrefOf }))}
      ${lines.map(({ name, price }) => {
        const y = fixed(zero - heightOf(price));
        return html`<line class="trigger" x1="0" x2="100%" y1="${y}" y2="${y}" />
          <text class="trigger" x="4" y="${fixed(zero - heightOf(price) - 4)}">${name}</text>`;
      })}
      ${labels(summary)}
    </svg>
  </div>`;
}

function fixed(number: number): string {
  return String(Math.round(number * 100) / 100);
}

/** A scale of round numbers that holds all bars and zero. */
function scaleOf({ buckets, series, before }: UsageSummary, lines: readonly ChartLine[]) {
  const sums = (sign: 1 | -1) =>
    buckets.map((_, at) =>
      series.reduce((sum, { prices }) => sum + Math.max(0, sign * (prices[at] ?? 0)), 0),
    );
  const marks = [...before.prices, ...lines.map(({ price }) => price)];
  const highest = Math.max(1, ...sums(1), ...marks);
  const lowest = Math.max(0, ...sums(-1), ...before.prices.map((price) => -price));
  // A part less than a pixel high gets no space.
  const visible = (part: Micro) => (part * HEIGHT < highest + lowest ? 0 : part);
  const [high, low] = [visible(highest), visible(lowest)];
  const step = roundUp((high + low) / TICKS);
  const ticks: Micro[] = [];
  for (let at = -Math.ceil(low / step); at <= Math.ceil(high / step); at += 1) {
    ticks.push(at === 0 ? 0 : at * step);
  }
  return { ticks, low: ticks[0] ?? 0, high: ticks.at(-1) ?? 0 };
}

/** The next number of the row 1, 2, 5, 10, 20, 50 … */
function roundUp(amount: number): number {
  const power = 10 ** Math.floor(Math.log10(Math.max(1, amount)));
  return ([1, 2, 5].find((digit) => digit * power >= amount) ?? 10) * power;
}

/** Made on first use, because it takes a tenth of the time of a server's start. */
let compact: Intl.NumberFormat | undefined;

function tickText(tick: Micro): string {
  compact ??= new Intl.NumberFormat('en', { notation: 'compact', maximumFractionDigits: 6 });
  return compact.format(tick / MICRO_PER_UNIT).replace('-', '−');
}

interface Scale {
  readonly zero: number;
  readonly heightOf: (price: Micro) => number;
  readonly hrefOf: ChartExtras['hrefOf'];
}

/** A line at the price of the same place of the days before. */
function tickBefore({ buckets, before }: UsageSummary, at: number, { zero, heightOf }: Scale) {
  const price = before.prices[at] ?? 0;
  if (price === 0) return null;
  const room = 100 / buckets.length;
  const width = Math.min(room * BAR, MAX_BAR) * 1.25;
  const [x1, x2] = [room * (at + 0.5) - width / 2, room * (at + 0.5) + width / 2];
  const y = fixed(zero - heightOf(price));
  return html`<line class="before" x1="${fixed(x1)}%" x2="${fixed(x2)}%" y1="${y}" y2="${y}" />`;
}

function bar(summary: UsageSummary, at: number, scale: Scale): Html | null {
  const { buckets, series, before } = summary;
  const { zero, heightOf } = scale;
  const bucket = buckets[at];
  const tick = tickBefore(summary, at, scale);
  if (!bucket?.is_used) return tick;
  const room = 100 / buckets.length;
  const width = Math.min(room * BAR, MAX_BAR);
  const x = `${fixed(room * (at + 0.5) - width / 2)}%`;
  const across = html`x="${x}" width="${fixed(width)}%"`;
  const parts = series
    .map((one, place) => ({ one, place, price: one.prices[at] ?? 0 }))
    .filter(({ price }) => price !== 0);
  let top = zero;
  let bottom = zero;
  return html`<a href="${scale.hrefOf(bucket.days)}" tabindex="-1"><g>
    <title>${[
      `${daysText(bucket.days)}: ${priceText(bucket.price)} USD`,
      ...parts.map(({ one, price }) => `${seriesText(one)} ${priceText(price)}`),
      ...(before.prices[at] ? [`The period before: ${priceText(before.prices[at])} USD`] : []),
    ].join('\n')}</title>
    <rect class="room" ${across} y="0" height="${HEIGHT}" />
    ${parts.map(({ one, place, price }) => {
      const height = Math.abs(heightOf(price));
      if (price > 0) top -= height;
      else bottom += height;
      const y = price > 0 ? top : bottom - height;
      return html`<rect class="${colourOf(one, place)}" ${across} y="${fixed(y)}" height="${fixed(height)}" />`;
    })}
  </g></a>${tick}`;
}

/** The day, month or year below each bar. A second line names the month or year when it changes. */
function labels({ buckets, step }: UsageSummary): Html[] {
  const every = Math.ceil(buckets.length / MAX_LABELS);
  const room = 100 / buckets.length;
  let before = '';
  return buckets.flatMap(({ days }, at) => {
    if (at % every !== 0) return [];
    const { date, month, year } = partsOf(days.first);
    const short = month.slice(0, 3);
    const [first, second] = {
      day: [String(date), short],
      month: [short, String(year)],
      year: [String(year), ''],
    }[step] as [string, string];
    const x = `${fixed(room * (at + 0.5))}%`;
    const isNew = second !== before;
    before = second;
    const line = (text: string, y: number) =>
      html`<text x="${x}" y="${y}" text-anchor="middle">${text}</text>`;
    return [line(first, HEIGHT + LINE), ...(isNew ? [line(second, HEIGHT + 2 * LINE)] : [])];
  });
}

/** The chart in words: the sum, its largest part, the highest bar. */
function describe({ buckets, series, step }: UsageSummary): string {
  const [dearest] = series;
  const highest = buckets.reduce((high, one) => (one.price > high.price ? one : high));
  const sum = series.reduce((all, { price }) => all + price, 0);
  const parts = [
    `Bars of ${buckets.length} ${step}s, ${priceText(sum)} USD in all.`,
    dearest && `Most of it is ${seriesText(dearest)} with ${priceText(dearest.price)} USD.`,
    `The most expensive ${step} is ${daysText(highest.days)} with ${priceText(highest.price)} USD.`,
    'The tables below have the same numbers.',
  ];
  return parts.filter((part) => part !== undefined).join(' ');
}
