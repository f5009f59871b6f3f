import type { Act } from '../audit/act.ts';
import type { Grant } from '../authorizations/grant.ts';
import { markGrantRevoked } from '../authorizations/grant-store.ts';

/** Why a grant ended. */
export type RevokeCause = 'revoked' | 'account closed' | 'app deleted';

/**
 * Ends a grant. From the commit on, the app's credentials for its subaccount are refused, and
 * so is every write of it that was queued behind this one. The subaccount and what is in it
 * stay with the customer.
 *
 * @returns false when the grant had ended already.
 */
export async function revokeGrant(act: Act, grant: Grant, cause: RevokeCause): Promise<boolean> {
  const { tx, now, record } = act;
  if (!(await markGrantRevoked(tx, grant.sid, now))) return false;
  record({
    action: 'grant.revoked',
    account_sid: grant.account_sid,
    target_sid: grant.sid,
    detail: {
      cause,
      connect_app_sid: grant.connect_app_sid,
      subaccount_sid: grant.subaccount_sid,
    },
  });
  return true;
}
