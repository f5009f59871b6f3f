import { ACCOUNT, ACCOUNT_STATUSES } from '../accounts/account.ts';
import { accountsSeenBy } from '../accounts/account-endpoints.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { renameAccount } from '../accounts/rename-account.ts';
import { updateEndpoint } from '../http/endpoint.ts';
import { FRIENDLY_NAME_LENGTH, fields, oneOf } from '../http/parameters/fields.ts';
import { nameText } from '../http/parameters/name-fields.ts';
import { forbidden, orNotFound } from '../kit/api-error.ts';
import { changeAccountStatus } from './change-account-status.ts';

/**
 * `POST /Accounts/{Sid}`. A caller of the account may change its name, only its parent its status.
 */
export const updateAccountEndpoint = updateEndpoint({
  id: 'UpdateAccount',
  summary: 'Renames an account, or suspends, reactivates or closes a subaccount',
  path: '/2010-04-01/Accounts/:AccountSid',
  operation: 'account.update',
  ends_access: true,
  input: fields({
    FriendlyName: nameText(FRIENDLY_NAME_LENGTH).optional(),
    Status: oneOf(ACCOUNT_STATUSES).optional(),
  }),
  resource: ACCOUNT,
  async handle(call) {
    const { tx, principal, account_sid, input } = call;
    let account = orNotFound(await fetchAccount(tx, account_sid));
    if (input.status !== undefined) {
      if (principal.account.sid === account.sid) {
        throw forbidden(
          'Only the parent can change the status of a subaccount, and only the operator that of a main account',
        );
      }
      account = await changeAccountStatus(call, account, input.status);
    }
    if (input.friendly_name !== undefined) {
      account = await renameAccount(call, account.sid, input.friendly_name);
    }
    const [seen] = await accountsSeenBy(call, principal, [account]);
    return seen as NonNullable<typeof seen>;
  },
});
