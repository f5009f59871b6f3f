import type { Account } from '../accounts/account.ts';
import { fetchAccount } from '../accounts/account-store.ts';
import { ConfigError } from '../config.ts';
import type { Db } from '../db/database.ts';

/** The account that a command names. @throws ConfigError when there is none */
export async function demandAccount(db: Db, sid: string): Promise<Account> {
  const account = await fetchAccount(db, sid);
  if (!account) throw new ConfigError(`There is no account ${sid}; tieline accounts list has all.`);
  return account;
}
