import { isMainAccount } from '../../access/principal.ts';
import type { Account } from '../../accounts/account.ts';
import { fetchAccount } from '../../accounts/account-store.ts';
import type { Db } from '../../db/database.ts';
import type { PageCall } from '../../http/pages/page.ts';
import { NotFound, orNotFound } from '../../kit/api-error.ts';
import { PLATFORM } from './platform-frame.ts';

/** The account that the path of an operator's page names. */
export const ACCOUNT = `${PLATFORM}/accounts/:Sid` as const;

export const pathOf = (call: PageCall<'Sid'>) => `${PLATFORM}/accounts/${call.path.Sid}`;

/** @throws ApiError 404 */
export async function demandAccount(db: Db, { path }: PageCall<'Sid'>): Promise<Account> {
  return orNotFound(await fetchAccount(db, path.Sid));
}

/** Only main accounts have people. @throws ApiError 404 for a subaccount */
export async function demandMainAccount(db: Db, call: PageCall<'Sid'>): Promise<Account> {
  const account = await demandAccount(db, call);
  if (!isMainAccount(account)) throw new NotFound();
  return account;
}
