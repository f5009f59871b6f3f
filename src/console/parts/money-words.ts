import { html } from 'hono/html';
import type { Html } from '../../http/pages/page.ts';
import type { Micro } from '../../kit/money.ts';
import { inThousands, priceText } from './usage-words.ts';

/** Writes sums of money for people: the sign of the currency, two decimals, a true minus. */

const MICRO_PER_CENT = 10_000;

/** `$1,234.50`, `−$3.42`, `< $0.01`. It rounds; `money` gives the exact sum too. */
export function moneyText(sum: Micro): string {
  const size = Math.abs(sum);
  const sign = sum < 0 ? '−' : '';
  if (size > 0 && size < MICRO_PER_CENT) return `${sign === '' ? '< ' : '> −'}$0.01`;
  const cents = Math.round(size / MICRO_PER_CENT);
  const digits = String(cents).padStart(3, '0');
  return `${sign}$${inThousands(digits.slice(0, -2))}.${digits.slice(-2)}`;
}

/** A sum with its exact value as a title, when the text is rounded. */
export function money(sum: Micro): Html | string {
  if (sum % MICRO_PER_CENT === 0) return moneyText(sum);
  return html`<span title="${priceText(sum)} USD">${moneyText(sum)}</span>`;
}

/** The change from one sum to another in percent: `+9%`, `−12%`; null: there is none to compare. */
export function changeText(now: Micro, before: Micro): string | null {
  if (before <= 0) return null;
  const percent = ((now - before) / before) * 100;
  const size = Math.abs(percent);
  const digits = size < 10 ? size.toFixed(1).replace(/\.0$/, '') : inThousands(size.toFixed(0));
  if (digits === '0') return '±0%';
  return `${percent < 0 ? '−' : '+'}${digits}%`;
}
