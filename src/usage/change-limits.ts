import { isMainAccount } from '../access/principal.ts';
import type { Account } from '../accounts/account.ts';
import { updateAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import type { Grant } from '../authorizations/grant.ts';
import { END_GRANT } from '../authorizations/grant-step.ts';
import { type GrantLimits, updateGrantLimits } from '../authorizations/grant-store.ts';
import { handOver, takeBack } from '../jobs/hand-over.ts';
import { badParameter, badRequest } from '../kit/api-error.ts';
import { decimalOf, type Micro } from '../kit/money.ts';
import { iso8601 } from '../kit/utc.ts';

/** The largest limit, in units of the currency. */
export const MAX_LIMIT = 100_000_000;

/**
 * Sets limits of a grant: the most that the app may spend in a calendar month of UTC, the countries that
 * it may reach, and the end. A missing one stays, and null removes it. They take effect at once; the
 * monthly limit includes the spending of this month so far. They stay with the grant through a revoke.
 * @throws ApiError 400 for an end that is not to come
 */
export async function changeGrantLimits(
  act: Act,
  grant: Grant,
  limits: Partial<GrantLimits>,
): Promise<Grant> {
  const { monthly_limit_micro, countries, date_ends } = limits;
  if (date_ends != null && date_ends <= act.now) {
    throw badParameter('date_ends', 'must be a time to come; to end the grant now, revoke it');
  }
  const detail = {
    ...(monthly_limit_micro !== undefined && { monthly_limit: textOf(monthly_limit_micro) }),
    ...(countries !== undefined && { countries }),
    ...(date_ends !== undefined && { date_ends: date_ends === null ? null : iso8601(date_ends) }),
  };
  if (Object.keys(detail).length === 0) return grant;
  const changed = await updateGrantLimits(act.tx, grant.sid, limits);
  if (date_ends === null) await takeBack(act, grant.sid);
  if (date_ends != null && grant.date_revoked === null) {
    const thing = { ...grant, account_sid: grant.subaccount_sid, kind: 'grant' } as const;
    await handOver(act, thing, { step: END_GRANT, date_next: date_ends });
  }
  const { account_sid, sid: target_sid } = grant;
  act.record({ action: 'grant.limit_changed', account_sid, target_sid, detail });
  return changed;
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
