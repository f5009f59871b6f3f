import { z } from 'zod';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { dayOf, readDate } from '../kit/day.ts';
import { DECIMAL, MICRO_PER_UNIT, readDecimal } from '../kit/money.ts';
import { CATEGORIES, TOTAL_PRICE } from '../usage/category.ts';
import { aheadOfUsage } from '../usage/meter-ahead.ts';
import { meterUsage } from '../usage/meter-usage.ts';
import { MAX_EVENT_UNITS, readUsage } from '../usage/read-usage.ts';
import { METERED_OPENAPI } from '../usage/usage-trigger-fields.ts';
import { sidText } from './control-fields.ts';

/** The most events of one call. */
const MAX_EVENTS = 1_000;
const TOO_MANY = `must hold at most ${MAX_EVENTS} events`;
/** The most bytes of a body: enough for the most events with long keys. */
const BODY_BYTES = 1024 * 1024;
const MAX_COUNT = 10_000_000;
const MAX_UNITS = 10_000_000;
const KEY_LENGTH = 128;
const REASON_LENGTH = 500;

/**
 * Reads a decimal, as text or as a JSON number, into millionths.
 * @param otherwise the allowed alternative, for the error's sentence
 */
export function decimal(min: number, max: number, otherwise = '') {
  return z
    .union([z.string(), z.number()], { error: `must be a decimal number${otherwise}` })
    .transform((value) => readDecimal(String(value)))
    .refine((micro) => micro !== null, 'must be a decimal number of at most six places')
    .transform((micro) => micro ?? 0)
    .refine(
      (micro) => micro >= min * MICRO_PER_UNIT && micro <= max * MICRO_PER_UNIT,
      `must be from ${min} to ${max}`,
    )
    .meta({ openapi: decimalOpenApi(min, max) });
}

/** The schema of a decimal as text or as a number. For text it can only tell the sign. */
export function decimalOpenApi(min: number, max: number) {
  const sign = min < 0 ? '-?' : '';
  const pattern = DECIMAL.source.replace('(-?)', sign);
  return {
    oneOf: [
      { type: 'string', pattern },
      { type: 'number', minimum: min, maximum: max },
    ],
  };
}

const MOMENT = /^(\d{4}-\d{2}-\d{2})T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?(?:Z|[+-]\d{2}:\d{2})$/;

const RULE_OF_AT = 'must be a time such as 2026-03-18T23:31:36Z';

/** A time with its offset from UTC, in milliseconds. */
export const moment = z
  .string({ error: RULE_OF_AT })
  .refine((text) => {
    const [, date = ''] = MOMENT.exec(text) ?? [];
    return readDate(date) !== null && Number.isFinite(dayOf(Date.parse(text)));
  }, RULE_OF_AT)
  .transform((text) => Date.parse(text))
  .meta({ openapi: { type: 'string', format: 'date-time', pattern: MOMENT.source } });

const told = z
  .strictObject({
    account_sid: sidText('AC'),
    category: z
      .string({ error: 'must be text' })
      .refine(
        (name) => CATEGORIES.has(name),
        'is not a usage category; Usage Records list all of them',
      )
      .refine((name) => name !== TOTAL_PRICE, 'must not be totalprice, which is the sum of prices')
      .meta({ openapi: METERED_OPENAPI }),
    count: z
      .int({ error: 'must be a whole number' })
      .min(0, 'must not be negative')
      .max(MAX_COUNT, `must be at most ${MAX_COUNT}`)
      .optional(),
    usage: decimal(0, MAX_UNITS).optional(),
    price: decimal(-MAX_EVENT_UNITS, MAX_EVENT_UNITS).optional(),
    at: moment.describe('A time as 2026-03-18T23:31:36Z; now, if it is left out').optional(),
    key: z
      .string({ error: 'must be text that no other event of the account has' })
      .min(1, 'must not be empty')
      .max(KEY_LENGTH, `must be at most ${KEY_LENGTH} characters`)
      .refine((key) => key.isWellFormed() && !key.includes('\0'), 'must be Unicode text')
      .describe('An event counts once for each key of its account'),
    reason: z
      .string()
      .min(1, 'must not be empty')
      .max(REASON_LENGTH, `must be at most ${REASON_LENGTH} characters`)
      .refine((text) => text.isWellFormed() && !text.includes('\0'), 'must be Unicode text')
      .describe('Makes the event a correction of the price')
      .optional(),
  })
  .refine(({ reason, price }) => reason !== undefined || (price ?? 0) >= 0, {
    path: ['price'],
    message: 'must not be negative, except in a correction with a reason',
  })
  .refine(({ reason, price }) => reason === undefined || price !== undefined, {
    path: ['price'],
    message: 'must be given with a correction',
  })
  .refine(({ reason, count, usage }) => reason === undefined || (count ?? usage) === undefined, {
    path: ['reason'],
    message: 'is for corrections of the price: leave out count and usage',
  });

export const usageControlEndpoints = [
  controlEndpoint({
    id: 'ControlMeterUsage',
    summary: 'Counts usage: one event, or a list of events, of which all or none count',
    method: 'POST',
    path: '/_tieline/usage',
    status: 200,
    body_bytes: BODY_BYTES,
    input: z.union([told, z.array(told).min(1, 'must hold an event').max(MAX_EVENTS, TOO_MANY)], {
      error: 'must be an event or a list of events',
    }),
    output: z.object({ accepted: z.int(), repeated: z.int() }),
    ahead_of: ({ app, input }) => aheadOfUsage([input].flat(), app.now()),
    async handle(call) {
      const { input } = call;
      const events = [input].flat().map(({ usage: usage_micro, price: price_micro, ...rest }) => ({
        ...rest,
        usage_micro,
        price_micro,
      }));
      const nameOf = (field: string, place: number) =>
        Array.isArray(input) ? `[${place}].${field}` : field;
      return meterUsage(call, await readUsage(call, events, nameOf));
    },
  }),
];
