import type { Act } from '../audit/act.ts';
import { PLATFORM_LOG } from '../audit/audit-event.ts';
import { badParameter, badRequest } from '../kit/api-error.ts';
import { type Day, dateText, dayOf, readDate } from '../kit/day.ts';
import { decimalOf, MICRO_PER_UNIT, readDecimal } from '../kit/money.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';
import { PER, type Rate } from './rate-card.ts';
import { countRates, deleteRate, putRate } from './rate-store.ts';

/** The most rates of the operator. A change from another day on is one more rate. */
const MAX_RATES = 10_000;
/** The largest price of one thing or one unit, in units of the currency. */
const MAX_PRICE = 10_000;

/** A rate in the operator's words. */
export interface WordedRate {
  readonly category: string;
  readonly per: string;
  /** A decimal with at most six places. */
  readonly price: string;
  /** `YYYY-MM-DD`, the first day; today by default. */
  readonly from?: string | undefined;
}

/**
 * Sets the price of a category's usage from a day on. Usage that was counted before keeps its
 * price, for every day. Later events get the rate of their own day.
 * @throws ApiError 400 that names the parameter and the rule
 */
export async function setRate(act: Act, worded: WordedRate): Promise<Rate> {
  const { tx, now } = act;
  const per = PER.find((known) => known === worded.per);
  if (!per) throw badParameter('per', `must be ${PER.join(' or ')}`);
  const price_micro = readDecimal(worded.price);
  if (price_micro === null || price_micro < 0 || price_micro > MAX_PRICE * MICRO_PER_UNIT) {
    throw badParameter('price', `must be a decimal from 0 to ${MAX_PRICE} with up to six places`);
  }
  const category = readCategory(worded.category);
  const from = worded.from === undefined ? dayOf(now) : readFrom(worded.from);
  const rate = { category, per, price_micro, from };
  await putRate(tx, rate, now);
  if ((await countRates(tx)) > MAX_RATES) {
    throw badRequest(`There are ${MAX_RATES} rates; remove some that no usage goes by any more.`);
  }
  const detail = { category, per, price: decimalOf(price_micro), from: dateText(from) };
  act.record({ action: 'usage_rate.set', account_sid: PLATFORM_LOG, target_sid: null, detail });
  return rate;
}

/**
 * Removes a rate of the operator. The remaining rates then price usage.
 * @throws ApiError 400 when the category has no rate from that day
 */
export async function removeRate(
  act: Act,
  worded: { readonly category: string; readonly from: string },
): Promise<void> {
  const category = readCategory(worded.category);
  const from = readFrom(worded.from);
  if (!(await deleteRate(act.tx, { category, from }))) {
    throw badRequest(`No rate of yours for ${category} begins on ${dateText(from)}.`);
  }
  const detail = { category, from: dateText(from) };
  act.record({ action: 'usage_rate.removed', account_sid: PLATFORM_LOG, target_sid: null, detail });
}

function readCategory(name: string): string {
  if (!CATEGORIES.has(name)) throw badParameter('category', 'is not a usage category');
  if (name === TOTAL_PRICE) {
    throw badParameter('category', 'must not be totalprice, which is the sum of prices');
  }
  return name;
}

function readFrom(text: string): Day {
  const day = readDate(text);
  if (day === null) throw badParameter('from', 'must be a date in the form YYYY-MM-DD');
  return day;
}
