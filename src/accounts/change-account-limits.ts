import { isMainAccount } from '../access/principal.ts';
import type { Act } from '../audit/act.ts';
import { badRequest, orNotFound } from '../kit/api-error.ts';
import type { Account } from './account.ts';
import { type AccountLimits, demandLimits } from './account-limits.ts';
import { updateAccount } from './account-store.ts';

/**
 * Sets the operator's limits of an account. A missing limit stays, and null sets the default.
 * Things beyond a lowered limit stay.
 * @throws ApiError 400 for a number out of range, and for a limit that a subaccount cannot have
 */
export async function changeAccountLimits(
  act: Act,
  account: Account,
  limits: Partial<AccountLimits>,
): Promise<Account> {
  demandLimits(limits);
  const { max_subaccounts, max_connect_apps } = limits;
  const ofMainAccounts = [max_subaccounts, max_connect_apps];
  if (!isMainAccount(account) && ofMainAccounts.some((limit) => limit !== undefined)) {
    throw badRequest('A subaccount has neither subaccounts nor Connect apps of its own.');
  }
  const given = Object.entries(limits).filter(([, limit]) => limit !== undefined);
  const detail = Object.fromEntries(given) as Record<string, string | number | null>;
  if (Object.keys(detail).length === 0) return account;
  const changed = orNotFound(
    await updateAccount(act.tx, account.sid, { ...detail, date_updated: act.now }),
  );
  const { owner_account_sid: account_sid, sid: target_sid } = changed;
  act.record({ action: 'account.limits_changed', account_sid, target_sid, detail });
  return changed;
}
