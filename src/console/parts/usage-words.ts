import { type Day, dateText, startOf, startOfNext } from '../../kit/day.ts';
import { decimalOf, MICRO_PER_UNIT, type Micro } from '../../kit/money.ts';
import { type Category, TOTAL_PRICE } from '../../usage/category.ts';
import type { Days } from '../../usage/usage-range.ts';

/** Writes amounts, days and categories for the console. It rounds nothing. */

/** Decimals that every price has. */
const CENTS = 2;

/** The most decimals that any price of a column needs: 2 to 6. */
export function placesOf(prices: readonly Micro[]): number {
  return Math.max(CENTS, ...prices.map((price) => decimalOf(price).split('.')[1]?.length ?? 0));
}

/** A space as wide as a digit. */
const FIGURE_SPACE = '\u2007';

/**
 * `1234567891234` millionths: `1,234,567.891234`.
 * @param places the decimals of the column, so that its decimal points stand below each other
 */
export function priceText(price: Micro, places = CENTS): string {
  const [whole = '', fraction = ''] = decimalOf(Math.abs(price)).split('.');
  return `${price < 0 ? '−' : ''}${inThousands(whole)}.${fraction.padEnd(places, FIGURE_SPACE)}`;
}

/** An amount in any unit, with the decimals that it needs: `1,234.5`. */
export function amountText(micro: Micro): string {
  const [whole = '', fraction = ''] = decimalOf(Math.abs(micro)).split('.');
  const rest = fraction.replace(/0+$/, '');
  return `${micro < 0 ? '−' : ''}${inThousands(whole)}${rest === '' ? '' : `.${rest}`}`;
}

/** Separates thousands in a decimal as the API writes it: `1234.5` becomes `1,234.5`. */
export function inThousands(decimal: string): string {
  return decimal.replace(/^\d+/, (whole) => whole.replaceAll(/\B(?=(\d{3})+$)/g, ','));
}

/** An amount with its unit. Only the documented categories have a unit. */
export function withUnit(micro: Micro, unit: string): string {
  const amount = amountText(micro);
  if (unit === '') return amount;
  return `${amount} ${micro === MICRO_PER_UNIT ? unit.replace(/s$/, '') : unit}`;
}

/** The usual spelling of words in the categories' descriptions. */
const SPELLED: ReadonlyMap<string, string> = new Map([
  ['A2p', 'A2P'],
  ['Mms', 'MMS'],
  ['Phonenumbers', 'Phone Numbers'],
  ['Sip', 'SIP'],
  ['Sms', 'SMS'],
  ['Totp', 'TOTP'],
  ['Whatsapp', 'WhatsApp'],
]);

/** The name of a category in a sentence, such as `SMS Outbound Longcode` or `All usage`. */
export function categoryText({ name, description }: Category): string {
  if (name === TOTAL_PRICE) return 'All usage';
  return description.replaceAll(/\w+/g, (word) => SPELLED.get(word) ?? word);
}

const MONTHS = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
] as const;

/** A day as its parts: the date, the name of the month, the year. */
export function partsOf(day: Day): { date: number; month: string; year: number } {
  const [year = 0, month = 1, date = 1] = dateText(day).split('-').map(Number);
  return { date, month: MONTHS[month - 1] ?? '', year };
}

export function dayText(day: Day): string {
  const { date, month, year } = partsOf(day);
  return `${date} ${month} ${year}`;
}

/** `18 March 2026`, `March 2026`, `2026`, or `28 February 2026 to 3 March 2026`. */
export function daysText({ first, last }: Days): string {
  const { month, year } = partsOf(first);
  if (first === last) return dayText(first);
  if (first === startOf('y', first) && last === startOfNext('y', first) - 1) return String(year);
  if (first === startOf('m', first) && last === startOfNext('m', first) - 1) {
    return `${month} ${year}`;
  }
  return `${dayText(first)} to ${dayText(last)}`;
}
