import type { Act } from '../audit/act.ts';
import type { Account } from './account.ts';
import { type AuthToken, openToken } from './auth-token.ts';
import { fetchTokens } from './auth-token-store.ts';

/** An account's token for its people. */
export interface RevealedToken extends Pick<AuthToken, 'slot' | 'date_created'> {
  readonly token: string;
}

/** Opens an account's tokens for its people, and records in the audit log that they were shown. */
export async function revealAuthTokens(
  { app, tx, record }: Act,
  account: Pick<Account, 'sid' | 'owner_account_sid'>,
): Promise<RevealedToken[]> {
  const tokens = await fetchTokens(tx, account.sid);
  record({
    action: 'auth_token.shown',
    account_sid: account.owner_account_sid,
    target_sid: account.sid,
    detail: { slots: tokens.map(({ slot }) => slot) },
  });
  return tokens.map((stored) => ({
    slot: stored.slot,
    date_created: stored.date_created,
    token: openToken(app.keyRing, stored),
  }));
}
