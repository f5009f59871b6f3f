import type { ActingAccount } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { lineUpOf } from '../carriers/line-up.ts';
import { lockAccount } from '../db/limit.ts';
import { ApiError } from '../kit/api-error.ts';
import { limitedBy } from '../numbers/limit-traffic.ts';
import { countLiveCalls } from './call-store.ts';

/** Twilio's code for more calls at once than the account may have. */
const TOO_MANY_AT_ONCE = 10004;

/**
 * Refuses a call while the account, or its main account with all subaccounts, has as many as it may.
 * Processes count one after the other.
 * @throws ApiError 429/10004
 */
export async function demandRoomForCall(act: Act, account: ActingAccount): Promise<void> {
  const { app, tx } = act;
  for (const { sid, max_calls_at_once: own } of await limitedBy(act, account)) {
    const isMain = sid === account.owner_account_sid;
    const most = own ?? (isMain ? lineUpOf(app).plan.limits.max_calls_at_once : null);
    if (most === null) continue;
    await lockAccount(tx, app.database.engine, sid);
    if ((await countLiveCalls(tx, sid, { with_subaccounts: isMain })) < most) continue;
    const why = `The account ${sid} may have ${most} calls at once; try again when one has ended`;
    throw new ApiError(429, TOO_MANY_AT_ONCE, why, {
      headers: {
        'Retry-After': '1',
        'Tieline-Reason': `limit="max_calls_at_once", account="${sid}"`,
      },
    });
  }
}
