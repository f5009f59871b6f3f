import type { Account } from '../accounts/account.ts';
import { listOpenSubaccounts, updateAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { fetchGrantOfSubaccount } from '../authorizations/grant-store.ts';
import { badParameter } from '../kit/api-error.ts';
import { revokeGrant } from './revoke-grant.ts';

const DEEDS = { active: 'reactivated', suspended: 'suspended', closed: 'closed' } as const;

/**
 * Suspends, reactivates or closes an account. Closing is final: it revokes the grant that a
 * subaccount was made for, and closes the subaccounts of a main account (contract §2.4).
 * @throws ApiError 400/20001 when the account is closed.
 */
export async function changeAccountStatus(
  act: Act,
  account: Account,
  status: Account['status'],
): Promise<Account> {
  const { tx, now, record } = act;
  if (account.status === status) return account;
  if (account.status === 'closed') {
    throw badParameter('Status', 'of a closed account cannot be changed');
  }
  const changed = await updateAccount(tx, account.sid, { status, date_updated: now });
  record({
    action: `account.${DEEDS[status]}`,
    account_sid: account.owner_account_sid,
    target_sid: account.sid,
  });
  if (status === 'closed') {
    const grant = await fetchGrantOfSubaccount(tx, account.sid);
    if (grant) await revokeGrant(act, grant, 'account closed');
    for (const subaccount of await listOpenSubaccounts(tx, account.sid)) {
      await changeAccountStatus(act, subaccount, 'closed');
    }
  }
  return changed ?? account;
}
