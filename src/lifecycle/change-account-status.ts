import type { Account } from '../accounts/account.ts';
import { listOpenSubaccounts, updateAccount } from '../accounts/account-store.ts';
import type { Act } from '../audit/act.ts';
import { fetchGrantOfSubaccount } from '../authorizations/grant-store.ts';
import { endCallsOfAccount } from '../calls/stop-calls.ts';
import { badParameter } from '../kit/api-error.ts';
import { cancelScheduledMessages } from '../messages/stop-messages.ts';
import { releaseNumbersOf } from '../numbers/release-number.ts';
import { revokeGrant } from './revoke-grant.ts';

const DEEDS = { active: 'reactivated', suspended: 'suspended', closed: 'closed' } as const;

/**
 * Suspends, reactivates or closes an account. Closing is final: it revokes the grant that a
 * subaccount was made for, releases the account's phone numbers, and closes the subaccounts of a
 * main account (docs/contract/accounts.md, "Statuses").
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
  // A closed account cannot be charged, so its calls end first.
  const calls = status === 'closed' ? await endCallsOfAccount(act, account.sid) : 0;
  const changed = await updateAccount(tx, account.sid, { status, date_updated: now });
  const stopped =
    status === 'closed' ? { calls, numbers: await releaseNumbersOf(act, account.sid) } : null;
  record({
    action: `account.${DEEDS[status]}`,
    account_sid: account.owner_account_sid,
    target_sid: account.sid,
    ...(stopped && { detail: { stopped } }),
  });
  if (status === 'closed') {
    const grant = await fetchGrantOfSubaccount(tx, account.sid);
    if (grant) await revokeGrant(act, grant, 'account closed');
    await cancelScheduledMessages(act, account.sid);
    for (const subaccount of await listOpenSubaccounts(tx, account.sid)) {
      await changeAccountStatus(act, subaccount, 'closed');
    }
  }
  return changed ?? account;
}
