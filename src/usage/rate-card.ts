import { readFileSync } from 'node:fs';
import type { Config } from '../config.ts';
import { type Day, readDate } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';
import { CATEGORIES } from './category.ts';

/** What a price is for: each thing counted, or each unit of usage. */
export const PER = ['count', 'usage'] as const;

/** What one unit costs from a day on. */
export interface Rate {
  readonly category: string;
  readonly per: (typeof PER)[number];
  readonly price_micro: Micro;
  readonly from: Day;
}

/** Category, what the price is for, dollars, first day. */
type Entry = readonly [string, Rate['per'], string, string];

/** The rates that the product comes with: examples, for an operator to replace. */
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

/** What was used, as far as a price goes by it. */
export interface Priced {
  readonly category: string;
  readonly count: number;
  readonly usage_micro: Micro;
}

/** The examples that count beside the operator's rates: none where money is real. */
export function examplesIn(mode: Config['mode']): readonly Rate[] {
  return mode === 'development' ? RATES : [];
}

/** What usage costs: the operator's rates, and the examples that count beside them. */
export interface RateCard {
  readonly operators: readonly Rate[];
  readonly examples: readonly Rate[];
}

/**
 * The rate that usage of a day goes by: that of its category, or of the nearest one above that
 * has one, the newest of it that is not after the day. The operator's rates come before all of
 * the `examples`: one for `sms` is for everything below `sms` that has none of the operator's
 * nearer to it.
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

/** The rates that usage goes by on a day or will later, by category; none that another one replaces. */
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

/** The categories that the product itself meters, or those above them, with no rate of the operator's. */
export function unpriced(operators: readonly Rate[], day: Day): string[] {
  return RATES.map(({ category }) => category).filter(
    (category) => nearest(operators, category, day) === null,
  );
}

function nearest(rates: readonly Rate[], category: string, day: Day): Rate | null {
  for (const level of CATEGORIES.get(category)?.levels ?? []) {
    let newest: Rate | null = null;
    for (const rate of rates) {
      if (rate.category !== level || rate.from > day) continue;
      if (newest === null || rate.from > newest.from) newest = rate;
    }
    if (newest) return newest;
  }
  return null;
}

/**
 * What usage costs by a rate, half a millionth rounded away from zero; without a rate it costs
 * nothing. Exact as long as the result is a safe integer.
 */
export function priceBy(rate: Rate | null, used: Priced): Micro {
  if (rate === null) return 0;
  const units = rate.per === 'count' ? used.count * MICRO_PER_UNIT : used.usage_micro;
  const product = BigInt(units) * BigInt(rate.price_micro);
  const half = BigInt(MICRO_PER_UNIT / 2);
  return Number((product + (product < 0n ? -half : half)) / BigInt(MICRO_PER_UNIT));
}
