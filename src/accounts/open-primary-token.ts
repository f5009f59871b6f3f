import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { openToken } from './auth-token.ts';
import { fetchPrimaryTokens } from './auth-token-store.ts';

/**
 * Opens an account's primary token, to sign with it or to show it to the account's people.
 * @throws Error for an account that does not exist. Every account has a primary token.
 */
export async function openPrimaryToken(
  { keyRing }: Pick<App, 'keyRing'>,
  db: Db,
  account_sid: string,
): Promise<string> {
  const [token] = await fetchPrimaryTokens(db, [account_sid]);
  if (!token) throw new Error(`the account ${account_sid} has no primary token`);
  return openToken(keyRing, token);
}
