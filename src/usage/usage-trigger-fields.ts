import { z } from 'zod';
import { callbackUrl, oneOf, openApiOf, text } from '../http/fields.ts';
import { CATEGORIES } from './category.ts';
import { RECURRENCES, readTriggerValue } from './usage-trigger.ts';

/** The parameters of a usage trigger, for the API and for the console's forms. */

const CATEGORY_LENGTH = 100;
export const VALUE_LENGTH = 32;

export const category = text(CATEGORY_LENGTH)
  .refine((name) => CATEGORIES.has(name), 'is not a usage category')
  .meta({ openapi: { type: 'string', minLength: 1, maxLength: CATEGORY_LENGTH } });

export const value = text(VALUE_LENGTH)
  .transform(readTriggerValue)
  .refine((read) => read !== null, {
    error:
      'must be a positive number of at most nine digits and six decimal places, ' +
      'or such a number behind a plus sign, which adds the current value',
  })
  .meta({ openapi: { type: 'string', pattern: String.raw`^[+ ]?\d{1,9}(\.\d{1,6})?$` } });

/** Empty stands for `alltime` (twilio-contract §1.13). */
export const recurring = z
  .string()
  .transform((word) => (word === '' ? 'alltime' : word))
  .pipe(oneOf(RECURRENCES))
  .transform((word) => (word === 'alltime' ? null : word))
  .meta({ openapi: { type: 'string', enum: RECURRENCES } });

/** A trigger calls something. */
export const calledUrl = callbackUrl
  .refine((given) => given !== null, 'must not be empty')
  .meta({ openapi: openApiOf(callbackUrl) });
