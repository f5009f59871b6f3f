import type { Selectable } from 'kysely';
import type { BalanceCreditsTable } from '../db/tables/usage-tables.ts';
import { badParameter } from '../kit/api-error.ts';
import { MICRO_PER_UNIT, type Micro, readDecimal } from '../kit/money.ts';

/** What the operator added to a balance, or took back from it. Rows are never changed. */
export type BalanceCredit = Selectable<BalanceCreditsTable>;
export type NewCredit = Pick<BalanceCredit, 'amount_micro' | 'reason' | 'key'>;

/** Units of the currency that one credit can be. */
export const MAX_CREDIT = 100_000_000;
/**
 * Units that the credits of an account can come to. With them and all that can be spent (8e15
 * millionths, `meter-usage.ts`) a balance stays below 2^53 millionths, and so exact.
 */
export const MAX_CREDITED = 900_000_000;
const KEY_LENGTH = 128;
const REASON_LENGTH = 500;

/** A credit as the operator words it. */
export interface WordedCredit {
  /** A decimal of at most six places, below zero to take something back. */
  readonly amount: string;
  /** Why; the account's people read it in their audit log. */
  readonly reason: string;
  /** What makes a repeat count once. */
  readonly key: string;
}

/** @throws ApiError 400 naming what is wrong. */
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

/** Whether credits of an account that come to this are within what it may have. */
export function isCreditedWithin(credited_micro: Micro): boolean {
  return Math.abs(credited_micro) <= MAX_CREDITED * MICRO_PER_UNIT;
}
