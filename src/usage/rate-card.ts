import { readFileSync } from 'node:fs';
import { type Day, readDate } from '../kit/day.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';
import { CATEGORIES } from './category.ts';

/** What one unit costs from a day on. */
export interface Rate {
  readonly category: string;
  /** Whether the price is for each thing counted or for each unit of usage. */
  readonly per: 'count' | 'usage';
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

/**
 * What usage costs by a rate card: the rate of its category, or of the nearest one above that
 * has one, as it was on the day. Half a millionth is rounded away from zero; usage without a
 * rate costs nothing.
 */
export function priceOf(
  rates: readonly Rate[],
  used: { readonly category: string; readonly count: number; readonly usage_micro: Micro },
  day: Day,
): Micro {
  for (const level of CATEGORIES.get(used.category)?.levels ?? []) {
    const rate = rates
      .filter(({ category, from }) => category === level && from <= day)
      .toSorted((a, b) => b.from - a.from)[0];
    if (!rate) continue;
    const units = rate.per === 'count' ? used.count * MICRO_PER_UNIT : used.usage_micro;
    const product = BigInt(units) * BigInt(rate.price_micro);
    const half = BigInt(MICRO_PER_UNIT / 2);
    return Number((product + (product < 0n ? -half : half)) / BigInt(MICRO_PER_UNIT));
  }
  return 0;
}
