import { isMainAccount } from '../access/principal.ts';
import type { Act } from '../audit/act.ts';
import { badRequest } from '../kit/api-error.ts';
import type { Account } from './account.ts';
import { upgradeAccounts } from './account-store.ts';

/**
 * Turns a Trial account, with its subaccounts, into a Full one. A Full account stays as it is.
 * @throws ApiError 400 for a subaccount
 */
export async function upgradeAccount(act: Act, account: Account): Promise<Account> {
  const { tx, now, record } = act;
  if (!isMainAccount(account)) {
    throw badRequest('A subaccount is upgraded with its main account.');
  }
  if (account.type === 'Full') return account;
  await upgradeAccounts(tx, account.sid, now);
  record({ action: 'account.upgraded', account_sid: account.sid, target_sid: account.sid });
  return { ...account, type: 'Full', date_updated: now };
}
