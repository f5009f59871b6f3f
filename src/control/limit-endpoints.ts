import { z } from 'zod';
import {
  COUNTRY_RULE,
  isCountry,
  MAX_COUNTRIES,
  readCountries,
  textOfCountries,
} from '../access/countries.ts';
import { fetchSpending } from '../access/credential-store.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { changeAccountLimits } from '../accounts/change-account-limits.ts';
import { fetchGrant } from '../authorizations/grant-store.ts';
import { iso8601Date, sid } from '../http/answers/resource.ts';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { badRequest } from '../kit/api-error.ts';
import { dateText, dayOf, startOf } from '../kit/day.ts';
import { DECIMAL, decimalOf, type Micro } from '../kit/money.ts';
import { iso8601 } from '../kit/utc.ts';
import { changeBalanceFloor, changeGrantLimits, MAX_LIMIT } from '../usage/change-limits.ts';
import { removeRate, setRate } from '../usage/change-rates.ts';
import { PER } from '../usage/rate-card.ts';
import { METERED_OPENAPI } from '../usage/usage-trigger-fields.ts';
import { decimalText, missing, sidText, withoutUndefined } from './control-fields.ts';
import { decimal, moment } from './usage-endpoints.ts';

const amount = decimalText.nullable();
const textOf = (micro: Micro | null) => (micro === null ? null : decimalOf(micro));
const countryList = z
  .array(
    z.string({ error: COUNTRY_RULE }).refine((text) => isCountry(text), COUNTRY_RULE),
    {
      error: 'must be a list of countries, or null',
    },
  )
  .max(MAX_COUNTRIES, `must hold at most ${MAX_COUNTRIES} countries`)
  .transform((countries) => textOfCountries(countries))
  .nullable();
const countriesShown = z.array(z.string()).nullable();
const listOf = (text: string | null) => {
  const list = readCountries(text);
  return list === null ? null : [...list];
};
/** `accounts/account-limits.ts` has the ranges. */
const whole = z
  .number({ error: 'must be a whole number, or null' })
  .nullable()
  .describe('Null for the default')
  .meta({ openapi: { type: ['integer', 'null'] } });
const rateText = z.string({ error: 'must be text' });
const OR_NULL = ', or null for none';
/** A decimal that is not negative. */
const PRICE_PATTERN = DECIMAL.source.replace('(-?)', '');

/** The operator's limits and rates. */
export const limitEndpoints = [
  controlEndpoint({
    id: 'ControlLimitGrant',
    summary:
      'Limits what a Connect app may do for the customer account_sid: its spending in a month, the ' +
      'countries that it reaches, and the time at which its grant ends. A missing limit stays',
    method: 'POST',
    path: '/_tieline/grant_limits',
    status: 200,
    input: z.strictObject({
      connect_app_sid: sidText('CN'),
      account_sid: sidText('AC'),
      monthly_limit: decimal(0, MAX_LIMIT, OR_NULL).nullable().describe('Null for none').optional(),
      countries: countryList.describe('Such as `["US"]`; null for any').optional(),
      date_ends: moment.nullable().describe('A time to come; null for none').optional(),
    }),
    output: z.object({
      account_sid: sid('AC'),
      monthly_limit: amount,
      spent: decimalText,
      countries: countriesShown,
      date_ends: iso8601Date.nullable(),
    }),
    async handle(call) {
      const { tx, input, now } = call;
      const { connect_app_sid, account_sid, monthly_limit, ...others } = input;
      const grant = await fetchGrant(tx, connect_app_sid, account_sid);
      if (!grant) throw missing('grant', `of ${account_sid} to ${connect_app_sid}`);
      if (monthly_limit === undefined && Object.keys(withoutUndefined(others)).length === 0) {
        throw badRequest('monthly_limit must be given, or countries, or date_ends.');
      }
      const given = withoutUndefined({ monthly_limit_micro: monthly_limit, ...others });
      const { monthly_limit_micro, countries, date_ends } = await changeGrantLimits(
        call,
        grant,
        given,
      );
      const spending = await fetchSpending(tx, grant.sid, startOf('m', dayOf(now)));
      return {
        account_sid: grant.subaccount_sid,
        monthly_limit: textOf(monthly_limit_micro),
        spent: decimalOf(spending?.spent_micro ?? 0),
        countries: listOf(countries),
        date_ends: date_ends === null ? null : iso8601(date_ends),
      };
    },
  }),

  controlEndpoint({
    id: 'ControlLimitAccount',
    summary:
      'Sets limits of an account: the countries that it reaches, its messages and calls in a second, ' +
      'its calls at once, and, for a main account, the balance below which its apps write and send ' +
      'nothing. A missing limit stays',
    method: 'POST',
    path: '/_tieline/accounts/:Sid/limits',
    status: 200,
    input: z.strictObject({
      balance_floor: decimal(-MAX_LIMIT, MAX_LIMIT, OR_NULL)
        .nullable()
        .describe('Null for none')
        .optional(),
      countries: countryList.describe('Such as `["US"]`; null for the default').optional(),
      max_messages_per_second: whole.optional(),
      max_calls_per_second: whole.optional(),
      max_calls_at_once: whole.optional(),
    }),
    output: z.object({
      account_sid: sid('AC'),
      balance: decimalText,
      balance_floor: amount,
      countries: countriesShown,
      max_messages_per_second: z.int().nullable(),
      max_calls_per_second: z.int().nullable(),
      max_calls_at_once: z.int().nullable(),
    }),
    async handle(call) {
      const account_sid = call.path.Sid;
      const { balance_floor, ...limits } = call.input;
      const account = await fetchAccount(call.tx, account_sid);
      if (!account) throw missing('account', account_sid);
      if (balance_floor !== undefined) await changeBalanceFloor(call, account, balance_floor);
      await changeAccountLimits(call, account, withoutUndefined(limits));
      const now = (await fetchAccount(call.tx, account_sid)) ?? account;
      return {
        account_sid,
        balance: decimalOf(now.balance_micro),
        balance_floor: textOf(now.balance_floor_micro),
        countries: listOf(now.countries),
        max_messages_per_second: now.max_messages_per_second,
        max_calls_per_second: now.max_calls_per_second,
        max_calls_at_once: now.max_calls_at_once,
      };
    },
  }),

  controlEndpoint({
    id: 'ControlSetRate',
    summary: 'Sets the rate of a category from a day on; the price null removes it',
    method: 'POST',
    path: '/_tieline/rates',
    status: 200,
    input: z
      .strictObject({
        category: rateText.meta({ openapi: METERED_OPENAPI }),
        per: rateText.meta({ openapi: { type: 'string', enum: PER } }).optional(),
        price: z
          .string({ error: 'must be a decimal as text, or null' })
          .meta({ openapi: { type: 'string', pattern: PRICE_PATTERN } })
          .nullable()
          .describe('The price; null withdraws the rate'),
        from: rateText
          .meta({ openapi: { type: 'string', format: 'date' } })
          .describe('A day such as 2026-03-18. The default is today')
          .optional(),
      })
      .refine(({ per, price }) => price === null || per !== undefined, {
        path: ['per'],
        message: 'must be count or usage',
      }),
    output: z.object({ category: z.string(), price: amount, from: z.string() }),
    async handle(call) {
      const { category, per = '', price, from = dateText(dayOf(call.now)) } = call.input;
      if (price === null) await removeRate(call, { category, from });
      else await setRate(call, { category, per, price, from });
      return { category, price, from };
    },
  }),
];
