/** An amount of money in millionths of its currency's unit; always a safe integer. */
export type Micro = number;

export const MICRO_PER_UNIT = 1_000_000;

/** Writes an amount as a decimal string with two to six decimals: `1000000000` → `1000.00`. */
export function decimalOf(amount: Micro): string {
  const digits = String(Math.abs(amount)).padStart(7, '0');
  const whole = digits.slice(0, -6);
  const fraction = digits.slice(-6).replace(/0{1,4}$/, '');
  return `${amount < 0 ? '-' : ''}${whole}.${fraction}`;
}

/** The form of a decimal, with up to six places. */
export const DECIMAL = /^(-?)(\d{1,9})(?:\.(\d{1,6}))?$/;

/**
 * Reads a decimal with at most six places exactly: `0.0079` → `7900`.
 * @returns null for any other text, such as an exponent or more places
 */
export function readDecimal(text: string): Micro | null {
  const [, sign = '', whole = '', fraction = ''] = DECIMAL.exec(text) ?? [];
  if (whole === '') return null;
  const micro = Number(whole) * MICRO_PER_UNIT + Number(fraction.padEnd(6, '0'));
  return sign === '-' ? 0 - micro : micro;
}

/** Writes an amount with the needed places only: `1500000` → `1.5`, `0` → `0`. */
export function plainDecimalOf(amount: Micro): string {
  return decimalOf(amount).replace(/\.?0+$/, '');
}
