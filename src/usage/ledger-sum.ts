import { MICRO_PER_UNIT } from '../kit/money.ts';

/**
 * The sum of some rows of the ledger, or the content of a counter. The whole numbers may have any
 * size, so that a check for wrong data does not fail on it.
 */
export interface LedgerSum {
  count: bigint;
  usage_micro: bigint;
  price_micro: bigint;
}

/** The same columns as text, which holds any number of digits. */
export interface LedgerDigits {
  readonly count: string;
  readonly usage_micro: string;
  readonly price_micro: string;
}

export function emptySum(): LedgerSum {
  return { count: 0n, usage_micro: 0n, price_micro: 0n };
}

export function readSum({ count, usage_micro, price_micro }: LedgerDigits): LedgerSum {
  return {
    count: BigInt(count),
    usage_micro: BigInt(usage_micro),
    price_micro: BigInt(price_micro),
  };
}

/** Adds to a sum, in place. */
export function addTo(sum: LedgerSum, { count, usage_micro, price_micro }: LedgerSum): void {
  sum.count += count;
  sum.usage_micro += usage_micro;
  sum.price_micro += price_micro;
}

export function isSameSum(a: LedgerSum, b: LedgerSum): boolean {
  return a.count === b.count && a.usage_micro === b.usage_micro && a.price_micro === b.price_micro;
}

/** A sum for people and for JSON, with decimals in the API's form. */
export interface ShownSum {
  readonly count: string;
  readonly usage: string;
  readonly price: string;
}

export function presentSum({ count, usage_micro, price_micro }: LedgerSum): ShownSum {
  return { count: String(count), usage: decimalText(usage_micro), price: decimalText(price_micro) };
}

export function sumText(sum: LedgerSum): string {
  const { count, usage, price } = presentSum(sum);
  return `count ${count}, usage ${usage}, price ${price}`;
}

/** Writes millionths as a decimal with the needed places. */
export function decimalText(micro: bigint): string {
  const digits = String(micro < 0n ? -micro : micro).padStart(PLACES + 1, '0');
  const fraction = digits.slice(-PLACES).replace(/0+$/, '');
  const whole = digits.slice(0, -PLACES);
  return `${micro < 0n ? '-' : ''}${whole}${fraction === '' ? '' : `.${fraction}`}`;
}

const PLACES = String(MICRO_PER_UNIT).length - 1;
