import { z } from 'zod';
import { ApiError } from '../kit/api-error.ts';
import { isSid, type SidPrefix } from '../kit/sid.ts';
import { readDialledNumber } from '../numbers/phone-number.ts';

/** The fields that only the control API has; texts and URLs follow the API's own rules. */

/** Of a call that has no parameters. */
export const nothing = z.strictObject({});

/** 404, as a sentence: `There is no account AC….` */
export function missing(thing: string, name: string): ApiError {
  return new ApiError(404, 20404, `There is no ${thing} ${name}.`);
}

/** 404 for a number to which something is to come in, and that nobody holds. */
export function heldByNobody(number: string): ApiError {
  const sentence = `No account holds the number ${number}: buy it for one first, or name one that is held.`;
  return new ApiError(404, 20404, sentence);
}

export function sidText(prefix: SidPrefix) {
  const rule = `must be a SID: ${prefix} and 32 hexadecimal digits`;
  return z.string({ error: rule }).refine((value) => isSid(prefix, value), rule);
}

/** The form that every SDK accepts (twilio-contract §2.3). */
export const newAuthTokenText = z
  .string()
  .regex(/^[A-Za-z0-9]{32}$/, 'must be 32 letters and digits');

/** A number as people write it, in E.164 where it gets to; a national form is American. */
export const phoneNumberText = z
  .string({ error: 'must be a phone number as +14155550100' })
  .transform((text) => readDialledNumber(text)?.number ?? null)
  .refine((number) => number !== null, 'must be a phone number as +14155550100')
  .transform((number) => number ?? '');

const STATE_BYTES = 2_048;

/** Carried back to the app as it is (reliability T14). */
export const stateText = z
  .string()
  .refine((value) => value.isWellFormed(), 'must be Unicode text')
  .refine(
    (value) => Buffer.byteLength(value) <= STATE_BYTES,
    `must be at most ${STATE_BYTES} bytes`,
  );
