import type { Selectable } from 'kysely';
import type { BalanceCreditsTable } from '../db/tables/usage-tables.ts';
import { badParameter } from '../kit/api-error.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';

/** A credit of the operator to a balance, or a debit from it. Rows never change. */
export type BalanceCredit = Selectable<BalanceCreditsTable>;
export type NewCredit = Pick<BalanceCredit, 'amount_micro' | 'reason' | 'key'>;

/** The largest credit, in units of the currency. */
export const MAX_CREDIT = 100_000_000;
/**
 * The largest sum of an account's credits, in units of the currency. Together with the largest sum
 * of prices (8e15 millionths, `meter-usage.ts`) a balance stays below 2^53 millionths, and so is
 * exact.
 */
export const MAX_CREDITED = 900_000_000;
const KEY_LENGTH = 128;
const REASON_LENGTH = 500;

/** A credit in the operator's words. */
export interface WordedCredit {
  /** A decimal with at most six places; a negative one takes money back. */
  readonly amount: string;
  /** The reason. The account's people read it in their audit log. */
  readonly reason: string;
  /** The key. A second credit with the same key does not count. */
  readonly key: string;
}

/** @throws ApiError 400 that names the parameter and the rule */
export function readCredit({ amount, reason, key }: WordedCredit): NewCredit {
  const amount_micro = readDecimal(amount);
  if (amount_micro === null || Math.abs(amount_micro) > MAX_CREDIT * MICRO_PER_UNIT) {
    const range = `from -${MAX_CREDIT} to ${MAX_CREDIT}`;
    throw badParameter('amount', `must be a decimal ${range} with up to six places`);
  }
  if (amount_micro === 0) throw badParameter('amount', 'must not be 0');
  return {
    amount_micro,
    reason: readText('reason', reason.trim(), REASON_LENGTH),
    key: readText('key', key, KEY_LENGTH),
  };
}

function readText(name: string, text: string, most: number): string {
  if (text.length < 1 || text.length > most) {
    throw badParameter(name, `must have 1 to ${most} characters`);
  }
  if (!text.isWellFormed() || text.includes('\0')) throw badParameter(name, 'must be Unicode text');
  return text;
}

/** Whether a sum of an account's credits is allowed. */
export function isCreditedWithin(credited_micro: Micro): boolean {
  return Math.abs(credited_micro) <= MAX_CREDITED * MICRO_PER_UNIT;
}
