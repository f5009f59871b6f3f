import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import type { Micro } from '../../kit/money.ts';
import { moneyText } from './money-words.ts';

const WIDTH = 120;
const HEIGHT = 36;
/** The space above the highest point, for the width of the line. */
const TOP = 2;

/** A small line of sums over time, the oldest first. Null when all of them are 0. */
export function sparkline(sums: readonly Micro[], title: string): Html | null {
  const high = Math.max(...sums);
  const low = Math.min(0, ...sums);
  if (high === low || sums.length < 2) return null;
  const points = sums.map((sum, at) => {
    const x = (at / (sums.length - 1)) * WIDTH;
    const y = TOP + ((high - sum) / (high - low)) * (HEIGHT - TOP);
    return `${x.toFixed(1)},${y.toFixed(1)}`;
  });
  const line = points.join(' ');
  const words = `${title}, between ${moneyText(Math.min(...sums))} and ${moneyText(high)}`;
  return html`<svg class="spark" viewBox="0 0 ${WIDTH} ${HEIGHT}" role="img" aria-label="${words}">
    <polygon class="area" points="0,${HEIGHT} ${line} ${WIDTH},${HEIGHT}" />
    <polyline class="line" points="${line}" />
  </svg>`;
}
