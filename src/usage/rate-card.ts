import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { type Day, readDate } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';
import { CATEGORIES } from './category.ts';

/** The meaning of a price: per counted thing, or per unit of usage. */
export const PER = ['count', 'usage'] as const;

/** The price of one unit from a day on. */
export interface Rate {
  readonly category: string;
  readonly per: (typeof PER)[number];
  readonly price_micro: Micro;
  readonly from: Day;
}

/** Category, meaning of the price, dollars, first day. */
type Entry = readonly [string, Rate['per'], string, string];

/** The example rates of the product, which an operator replaces. */
export const RATES: readonly Rate[] = (
  JSON.parse(readFileSync(new URL('rates.json', import.meta.url), 'utf8')) as readonly Entry[]
).map(([category, per, price, date]) => {
  const price_micro = readDecimal(price);
  const from = readDate(date);
  if (price_micro === null || from === null || !CATEGORIES.has(category)) {
    throw new Error(`rates.json has an entry that cannot be read: ${category}`);
  }
  return { category, per, price_micro, from };
});

/** The part of an event that decides its price. */
export interface Priced {
  readonly category: string;
  readonly count: number;
  readonly usage_micro: Micro;
}

/** The example rates that apply beside the operator's rates: none in production. */
export function examplesIn(mode: Config['mode']): readonly Rate[] {
  return mode === 'development' ? RATES : [];
}

/** The operator's rates, and the example rates that apply beside them. */
export interface RateCard {
  readonly operators: readonly Rate[];
  readonly examples: readonly Rate[];
}

/**
 * The rate for usage of a day. It is the rate of the category itself, or of the nearest category
 * above with a rate; of several, it is the newest that is not after the day. Every operator's rate
 * comes before the `examples`: an operator's rate for `sms` prices everything below `sms`, unless a
 * nearer category has an operator's rate.
 */
export function rateOf(
  {
    operators,
    examples,
  }: { readonly operators: readonly Rate[]; readonly examples: readonly Rate[] },
  category: string,
  day: Day,
): Rate | null {
  return nearest(operators, category, day) ?? nearest(examples, category, day);
}

/** The rates in force on a day or later, by category, without rates that another one replaces. */
export function ratesInForce(card: RateCard, day: Day): Rate[] {
  const named = new Set([...card.operators, ...card.examples].map(({ category }) => category));
  const now = [...CATEGORIES.keys()]
    .filter((category) => named.has(category))
    .map((category) => rateOf(card, category, day))
    .filter((rate) => rate !== null);
  const later = card.operators.filter(({ from }) => from > day);
  const place = ({ category }: Rate) => CATEGORIES.get(category)?.place ?? 0;
  return [...new Set([...now, ...later])].toSorted(
    (one, other) => place(one) - place(other) || one.from - other.from,
  );
}

/** The categories that the product meters, or those above them, without an operator's rate. */
export function unpriced(operators: readonly Rate[], day: Day): string[] {
  return RATES.map(({ category }) => category).filter(
    (category) => nearest(operators, category, day) === null,
  );
}

/** The rates of a card by category. A card is read once for many prices, and never changes. */
const BY_CATEGORY = new WeakMap<readonly Rate[], Map<string, Rate[]>>();

function byCategory(rates: readonly Rate[]): Map<string, Rate[]> {
  let found = BY_CATEGORY.get(rates);
  if (!found) BY_CATEGORY.set(rates, (found = Map.groupBy(rates, ({ category }) => category)));
  return found;
}

function nearest(rates: readonly Rate[], category: string, day: Day): Rate | null {
  const known = byCategory(rates);
  for (const level of CATEGORIES.get(category)?.levels ?? []) {
    let newest: Rate | null = null;
    for (const rate of known.get(level) ?? []) {
      if (rate.from > day) continue;
      if (newest === null || rate.from > newest.from) newest = rate;
    }
    if (newest) return newest;
  }
  return null;
}

/**
 * The price of usage by a rate. Half a millionth is rounded away from zero, and the price without a
 * rate is 0. The result is exact if it is a safe integer.
 */
export function priceBy(rate: Rate | null, used: Priced): Micro {
  if (rate === null) return 0;
  const units = rate.per === 'count' ? used.count * MICRO_PER_UNIT : used.usage_micro;
  const product = BigInt(units) * BigInt(rate.price_micro);
  const half = BigInt(MICRO_PER_UNIT / 2);
  return Number((product + (product < 0n ? -half : half)) / BigInt(MICRO_PER_UNIT));
}
