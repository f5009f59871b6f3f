import { z } from 'zod';
import { fetchSpending } from '../access/credential-store.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { fetchGrant } from '../authorizations/grant-store.ts';
import { sid } from '../http/answers/resource.ts';
import { controlEndpoint } from '../http/control-endpoint.ts';
import { dateText, dayOf, startOf } from '../kit/day.ts';
import { DECIMAL, decimalOf, type Micro } from '../kit/money.ts';
import { changeBalanceFloor, changeGrantLimit, MAX_LIMIT } from '../usage/change-limits.ts';
import { removeRate, setRate } from '../usage/change-rates.ts';
import { PER } from '../usage/rate-card.ts';
import { METERED_OPENAPI } from '../usage/usage-trigger-fields.ts';
import { decimalText, missing, sidText } from './control-fields.ts';
import { decimal } from './usage-endpoints.ts';

const amount = decimalText.nullable();
const textOf = (micro: Micro | null) => (micro === null ? null : decimalOf(micro));
const rateText = z.string({ error: 'must be text' });
const OR_NULL = ', or null for none';
/** A decimal that is not negative. */
const PRICE_PATTERN = DECIMAL.source.replace('(-?)', '');

/** The operator's limits and rates. */
export const limitEndpoints = [
  controlEndpoint({
    id: 'ControlLimitGrant',
    summary: 'Limits what a Connect app may spend for the customer account_sid in a month',
    method: 'POST',
    path: '/_tieline/grant_limits',
    status: 200,
    input: z.strictObject({
      connect_app_sid: sidText('CN'),
      account_sid: sidText('AC'),
      monthly_limit: decimal(0, MAX_LIMIT, OR_NULL).nullable().describe('Null for none'),
    }),
    output: z.object({ account_sid: sid('AC'), monthly_limit: amount, spent: decimalText }),
    async handle(call) {
      const { tx, input, now } = call;
      const { connect_app_sid, account_sid, monthly_limit } = input;
      const grant = await fetchGrant(tx, connect_app_sid, account_sid);
      if (!grant) throw missing('grant', `of ${account_sid} to ${connect_app_sid}`);
      await changeGrantLimit(call, grant, monthly_limit);
      const spending = await fetchSpending(tx, grant.sid, startOf('m', dayOf(now)));
      return {
        account_sid: grant.subaccount_sid,
        monthly_limit: textOf(monthly_limit),
        spent: decimalOf(spending?.spent_micro ?? 0),
      };
    },
  }),

  controlEndpoint({
    id: 'ControlLimitAccount',
    summary: 'Sets the balance below which the apps of a main account write and send nothing',
    method: 'POST',
    path: '/_tieline/accounts/:Sid/limits',
    status: 200,
    input: z.strictObject({
      balance_floor: decimal(-MAX_LIMIT, MAX_LIMIT, OR_NULL).nullable().describe('Null for none'),
    }),
    output: z.object({ account_sid: sid('AC'), balance: decimalText, balance_floor: amount }),
    async handle(call) {
      const account_sid = call.path.Sid;
      const { balance_floor } = call.input;
      const account = await fetchAccount(call.tx, account_sid);
      if (!account) throw missing('account', account_sid);
      await changeBalanceFloor(call, account, balance_floor);
      const balance = decimalOf(account.balance_micro);
      return { account_sid, balance_floor: textOf(balance_floor), balance };
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
