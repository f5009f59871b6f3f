import type { Act } from '../audit/act.ts';
import { orNotFound } from '../kit/api-error.ts';
import type { Account } from './account.ts';
import { updateAccount } from './account-store.ts';

/** Renames a main account or a subaccount. @throws ApiError 404 when it does not exist */
export async function renameAccount(
  { tx, now, record }: Act,
  sid: string,
  friendly_name: string,
): Promise<Account> {
  const account = orNotFound(await updateAccount(tx, sid, { friendly_name, date_updated: now }));
  const { owner_account_sid: account_sid, sid: target_sid } = account;
  record({ action: 'account.renamed', account_sid, target_sid, detail: { friendly_name } });
  return account;
}
