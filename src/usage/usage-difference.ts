import { type Day, dateText } from '../kit/day.ts';
import { type LedgerSum, presentSum, type ShownSum, sumText } from './ledger-sum.ts';
import type { UsageCounter } from './usage-event.ts';

/** A broken promise about the data: docs/contract/usage.md, "Checks of verify". */
export interface Difference {
  readonly promise: 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I8' | 'I9' | 'I10' | 'balance' | 'audit';
  readonly account_sid: string;
  /** The difference, in a sentence. */
  readonly what: string;
  /** The counter, if it is not the sum of its events. */
  readonly counter?: CounterDifference;
}

interface CounterDifference {
  readonly category: string;
  readonly scope: string;
  readonly period: string;
  readonly start_date: string;
  readonly ledger: ShownSum;
  readonly counter: ShownSum;
}

export type Report = (difference: Difference) => void;

/** The days of the years 1 to 9999, which can be written as a date. */
const FIRST_DAY = -719_162;
const LAST_DAY = 2_932_896;

export function isDay(day: Day): boolean {
  return day >= FIRST_DAY && day <= LAST_DAY;
}

/** A counter that is not the sum of its events. */
export function differenceOf(
  account_sid: string,
  key: Pick<UsageCounter, 'scope' | 'period' | 'start' | 'category'>,
  ledger: LedgerSum,
  counter: LedgerSum,
): Difference {
  const { scope, period, category } = key;
  const start_date = isDay(key.start) ? dateText(key.start) : `day ${key.start}`;
  return {
    promise: 'I2',
    account_sid,
    what:
      `The counter ${category}, ${scope}, of the ${PERIOD_NAMES[period]} ${start_date}: ` +
      `the ledger says ${sumText(ledger)}; the counter says ${sumText(counter)}.`,
    counter: {
      category,
      scope,
      period,
      start_date,
      ledger: presentSum(ledger),
      counter: presentSum(counter),
    },
  };
}

const PERIOD_NAMES: Readonly<Record<UsageCounter['period'], string>> = {
  d: 'day',
  m: 'month from',
  y: 'year from',
  a: 'time since',
};
