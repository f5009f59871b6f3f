import { z } from 'zod';
import { callbackUrl, pageUrl, text } from '../http/fields.ts';
import { isSid, type SidPrefix } from '../kit/sid.ts';

/** The fields of the control API: JSON, where the API itself has forms, under the same rules. */

export function controlText(max: number) {
  return text(max);
}

export const pageAddress = pageUrl;
export const callbackAddress = callbackUrl;

export function sidText(prefix: SidPrefix) {
  return z
    .string()
    .refine((value) => isSid(prefix, value), `must be a SID: ${prefix} and 32 hexadecimal digits`);
}

/** The form that every SDK accepts (twilio-contract §2.3). */
export const newAuthTokenText = z
  .string()
  .regex(/^[A-Za-z0-9]{32}$/, 'must be 32 letters and digits');

const STATE_BYTES = 2_048;

/** Carried back to the app as it is (reliability T14). */
export const stateText = z
  .string()
  .refine((value) => value.isWellFormed(), 'must be Unicode text')
  .refine(
    (value) => Buffer.byteLength(value) <= STATE_BYTES,
    `must be at most ${STATE_BYTES} bytes`,
  );
