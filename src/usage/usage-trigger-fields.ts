import { z } from 'zod';
import { callbackUrl, oneOf, openApiOf, text } from '../http/parameters/fields.ts';
import { CATEGORIES, TOTAL_PRICE } from './category.ts';
import { RECURRENCES, readTriggerValue, TRIGGER_VALUE } from './usage-trigger.ts';

/** The parameters of a usage trigger, for the API and for the console's forms. */

const CATEGORY_LENGTH = 100;
export const VALUE_LENGTH = 32;

/** The schema of `UsageCategory` for descriptions. */
export const CATEGORY_OPENAPI = {
  title: 'UsageCategory',
  type: 'string',
  enum: [...CATEGORIES.keys()],
};

/** The same for categories in which usage is metered. `totalprice` is only a sum of prices. */
export const METERED_OPENAPI = {
  title: 'MeteredUsageCategory',
  type: 'string',
  enum: CATEGORY_OPENAPI.enum.filter((name) => name !== TOTAL_PRICE),
};

export const category = text(CATEGORY_LENGTH)
  .refine((name) => CATEGORIES.has(name), 'is not a usage category')
  .meta({ openapi: CATEGORY_OPENAPI });

export const value = text(VALUE_LENGTH)
  .transform(readTriggerValue)
  .refine((read) => read !== null, {
    error:
      'must be a positive number of at most nine digits and six decimal places, ' +
      'or such a number behind a plus sign, which adds the current value',
  })
  .meta({ openapi: { type: 'string', pattern: TRIGGER_VALUE.source } });

/** Empty means `alltime` in a form, and no filter in a query. */
export const recurring = z
  .string()
  .transform((word) => (word === '' ? 'alltime' : word))
  .pipe(oneOf(RECURRENCES))
  .transform((word) => (word === 'alltime' ? null : word))
  .meta({ openapi: { type: 'string', enum: RECURRENCES } });

/** The callback's URL. A trigger must have one. */
export const calledUrl = callbackUrl
  .refine((given) => given !== null, 'must not be empty')
  .meta({ openapi: openApiOf(callbackUrl) });
