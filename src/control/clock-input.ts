import { z } from 'zod';

/** The units of a length of time, for the command line, the console and the control API. */

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Digits of a length of time: enough for a century of milliseconds. */
const LENGTH_OF_TIME = /^(\d{1,13})(ms|s|m|h|d)$/;

function readLength(text: string): number {
  const [, count = '', unit = ''] = LENGTH_OF_TIME.exec(text) ?? [];
  return Number(count) * (UNIT_MS[unit] ?? Number.NaN);
}

export const RULE_OF_SET = 'must be a time such as 2026-03-18T23:31:36Z';
export const RULE_OF_ADVANCE = 'must be a length of time as 1d, 2h, 30m, 15s or 500ms';

export const momentInput = z.iso
  .datetime({ offset: true, error: RULE_OF_SET })
  .transform((text) => Date.parse(text))
  .refine((ms) => Number.isFinite(ms), RULE_OF_SET);

export const lengthInput = z
  .string({ error: RULE_OF_ADVANCE })
  .regex(LENGTH_OF_TIME, RULE_OF_ADVANCE)
  .transform(readLength);
