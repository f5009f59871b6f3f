import { isMainAccount } from '../access/principal.ts';
import type { Account } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { decimalOf, MICRO_PER_UNIT } from '../kit/money.ts';
import {
  type BalanceCredit,
  isCreditedWithin,
  MAX_CREDITED,
  readCredit,
  type WordedCredit,
} from './balance-credit.ts';
import { addToBalance, fetchCredit, insertCredit, sumCredits } from './balance-credit-store.ts';

/**
 * Adds to the balance of a main account, or takes money back, and writes the credit into the ledger
 * of credits. A second credit with the same key does not count. Taking back may make the balance
 * negative.
 * @returns the credit as it was counted, now or earlier
 * @throws ApiError 400 for a subaccount and for an amount that is too large; 409 for a key that the
 *   account has used for another credit
 */
export async function creditBalance(
  act: Act,
  account: Account,
  worded: WordedCredit,
): Promise<{ readonly credit: BalanceCredit; readonly repeated: boolean }> {
  const { tx, now } = act;
  const { sid: account_sid } = account;
  if (!isMainAccount(account)) {
    throw badRequest(`A subaccount has no balance; credit ${account.owner_account_sid}.`);
  }
  const { amount_micro, reason, key } = readCredit(worded);
  const of = { account_sid, root_sid: account_sid };
  const credit = { ...of, key, amount_micro, reason, date_created: now };
  if (!(await insertCredit(tx, credit))) {
    const known = await fetchCredit(tx, account_sid, key);
    if (known?.amount_micro !== amount_micro || known.reason !== reason) {
      throw conflict(
        `The key "${key}" was used for another credit; give each credit a key of its own.`,
      );
    }
    return { credit: known, repeated: true };
  }
  const balance_micro = await addToBalance(tx, account_sid, amount_micro);
  if (!isCreditedWithin(await sumCredits(tx, account_sid))) {
    const most = decimalOf(MAX_CREDITED * MICRO_PER_UNIT);
    throw badRequest(`The credits of an account come to at most ${most} in all, either way.`);
  }
  act.record({
    action: 'account.balance_credited',
    account_sid,
    target_sid: account_sid,
    detail: { amount: decimalOf(amount_micro), reason, key, balance: decimalOf(balance_micro) },
  });
  return { credit, repeated: false };
}
