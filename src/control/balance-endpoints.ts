import { z } from 'zod';
import type { Account } from '../accounts/account.ts';
import { iso8601Date, sid } from '../http/answers/resource.ts';
import { controlEndpoint, controlReadEndpoint } from '../http/control-endpoint.ts';
import { decimalOf } from '../kit/money.ts';
import { iso8601 } from '../kit/utc.ts';
import { type BalanceCredit, MAX_CREDIT } from '../usage/balance-credit.ts';
import { listCredits } from '../usage/balance-credit-store.ts';
import { creditBalance } from '../usage/credit-balance.ts';
import { decimalText, demandAccount, nothing } from './control-fields.ts';
import { decimalOpenApi } from './usage-endpoints.ts';

/** The most credits in one answer, newest first. */
const MAX_CREDITS = 100;

const CREDIT = z.object({
  key: z.string(),
  amount: decimalText,
  reason: z.string(),
  date_created: iso8601Date,
});

const BALANCE = z.object({
  account_sid: sid('AC'),
  balance: decimalText,
  balance_floor: decimalText.nullable(),
});

function presentCredit({ key, amount_micro, reason, date_created }: BalanceCredit) {
  return { key, amount: decimalOf(amount_micro), reason, date_created: iso8601(date_created) };
}

function presentBalance({ sid: account_sid, balance_micro, balance_floor_micro }: Account) {
  return {
    account_sid,
    balance: decimalOf(balance_micro),
    balance_floor: balance_floor_micro === null ? null : decimalOf(balance_floor_micro),
  };
}

/** The balances of main accounts. */
export const balanceEndpoints = [
  controlReadEndpoint({
    id: 'ControlFetchBalance',
    summary: 'The balance of a main account, its floor, and what was credited, newest first',
    path: '/_tieline/accounts/:Sid/balance',
    input: nothing,
    output: BALANCE.extend({ credits: z.array(CREDIT) }),
    async handle({ db, path }) {
      const account = await demandAccount(db, path.Sid);
      const credits = await listCredits(db, account.sid, MAX_CREDITS);
      return { ...presentBalance(account), credits: credits.map(presentCredit) };
    },
  }),

  controlEndpoint({
    id: 'ControlCreditBalance',
    summary:
      'Adds an amount, which may be negative, to the balance of a main account, once for each key',
    method: 'POST',
    path: '/_tieline/accounts/:Sid/balance',
    status: 200,
    input: z.strictObject({
      amount: z
        .union([z.string(), z.number()], { error: 'must be a decimal number' })
        .transform(String)
        .meta({ openapi: decimalOpenApi(-MAX_CREDIT, MAX_CREDIT) }),
      reason: z.string({ error: 'must be text' }),
      key: z
        .string({ error: 'must be text' })
        .describe('Credits with the same key count only once'),
    }),
    output: BALANCE.extend({ credit: CREDIT, repeated: z.boolean() }),
    async handle(call) {
      const account = await demandAccount(call.tx, call.path.Sid);
      const { credit, repeated } = await creditBalance(call, account, call.input);
      const after = await demandAccount(call.tx, call.path.Sid);
      return { ...presentBalance(after), credit: presentCredit(credit), repeated };
    },
  }),
];
