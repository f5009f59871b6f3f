import { isMainAccount } from '../access/principal.ts';
import type { Account } from '../accounts/account.ts';
import { updateAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { Grant } from '../authorizations/grant.ts';
import { setMonthlyLimit } from '../authorizations/grant-store.ts';
import { badRequest } from '../kit/api-error.ts';
import { decimalOf, type Micro } from '../kit/money.ts';

/** The largest limit, in units of the currency. */
export const MAX_LIMIT = 100_000_000;

/**
 * Sets the most that the app of a grant may spend in a calendar month of UTC; null removes the
 * limit. It takes effect at once, and includes the spending of this month so far. It stays with the
 * grant through a revoke.
 */
export async function changeGrantLimit(
  act: Act,
  grant: Grant,
  monthly_limit_micro: Micro | null,
): Promise<void> {
  await setMonthlyLimit(act.tx, grant.sid, monthly_limit_micro);
  act.record({
    action: 'grant.limit_changed',
    account_sid: grant.account_sid,
    target_sid: grant.sid,
    detail: { monthly_limit: textOf(monthly_limit_micro) },
  });
}

/**
 * Sets the floor of a main account's balance. Below it, apps may not write and nothing in the
 * account is sent. Null removes the floor. A new account has none, in production too: the operator
 * decides whether usage is paid in advance.
 * @throws ApiError 400 for a subaccount, which has no balance
 */
export async function changeBalanceFloor(
  act: Act,
  account: Account,
  balance_floor_micro: Micro | null,
): Promise<void> {
  const { sid } = account;
  if (!isMainAccount(account)) {
    throw badRequest(`A subaccount has no balance; set the floor of ${account.owner_account_sid}.`);
  }
  await updateAccount(act.tx, sid, { balance_floor_micro, date_updated: act.now });
  act.record({
    action: 'account.limits_changed',
    account_sid: sid,
    target_sid: sid,
    detail: { balance_floor: textOf(balance_floor_micro) },
  });
}

function textOf(amount: Micro | null): string | null {
  return amount === null ? null : decimalOf(amount);
}
