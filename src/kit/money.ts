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
