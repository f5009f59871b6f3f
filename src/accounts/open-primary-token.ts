import type { App } from '../app.ts';
import type { Db } from '../db/database.ts';
import { openToken } from './auth-token.ts';
import { fetchPrimaryTokens } from './auth-token-store.ts';

/**
 * An account's primary token itself: to sign with, and to show to whoever owns the account.
 * @throws Error for an account that is not there; every account has one.
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
