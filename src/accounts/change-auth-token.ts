import type { Act } from '../audit/act.ts';
import { sealerOf } from '../audit/sealer.ts';
import { lockAccount } from '../db/limit.ts';
import { conflict } from '../kit/api-error.ts';
import type { Account } from './account.ts';
import { type AuthToken, newAuthToken, openToken, sealToken } from './auth-token.ts';
import {
  deleteToken,
  fetchTokens,
  insertAuthToken,
  updateSealedToken,
} from './auth-token-store.ts';

/**
 * Gives an account a second token. Both tokens work until one of them is removed.
 * @returns the new token
 * @throws ApiError 409 when the account has a second token already
 */
export async function createSecondaryToken(act: Act, account: Account): Promise<string> {
  const { app, tx, now } = act;
  const { primary, secondary } = await holdTokens(act, account);
  if (secondary) {
    throw conflict('There is a secondary token already: promote it, or delete it first.');
  }
  // The version is above every version of the primary slot, because the token may be promoted to it.
  const version = primary.version + 1;
  const place = { account_sid: account.sid, slot: 'secondary' as const, version };
  const token = newAuthToken(app.randomBytes);
  const sealed = sealToken(await sealerOf(act), token, place);
  await insertAuthToken(tx, {
    ...place,
    ...sealed,
    root_sid: account.owner_account_sid,
    date_created: now,
  });
  record(act, account, 'auth_token.created', place);
  return token;
}

/**
 * Removes an account's second token. It is refused from the commit on.
 * @throws ApiError 409 when there is none
 */
export async function deleteSecondaryToken(act: Act, account: Account): Promise<void> {
  const { secondary } = await holdTokens(act, account);
  if (!secondary) throw conflict('There is no secondary token, so there is nothing to delete.');
  await deleteToken(act.tx, secondary);
  record(act, account, 'auth_token.deleted', secondary);
}

/**
 * Makes the second token the primary one. The old primary token is refused from the commit on, and
 * webhooks are signed with the new one (docs/threats.md, T25).
 * @throws ApiError 409 when there is no second token
 */
export async function promoteSecondaryToken(act: Act, account: Account): Promise<void> {
  const { app, tx } = act;
  const { primary, secondary } = await holdTokens(act, account);
  if (!secondary) throw conflict('There is no secondary token to promote: create one first.');
  const version = Math.max(primary.version, secondary.version) + 1;
  const place = { account_sid: account.sid, slot: 'primary' as const, version };
  const sealed = sealToken(await sealerOf(act), openToken(app.keyRing, secondary), place);
  await deleteToken(tx, secondary);
  const { date_created } = secondary;
  await updateSealedToken(tx, place, { ...sealed, version, date_created });
  record(act, account, 'auth_token.promoted', place);
}

interface Tokens {
  readonly primary: AuthToken;
  readonly secondary: AuthToken | undefined;
}

/** An account's tokens, locked until the transaction ends. */
async function holdTokens({ app, tx }: Act, account: Account): Promise<Tokens> {
  await lockAccount(tx, app.database.engine, account.sid);
  const tokens = await fetchTokens(tx, account.sid);
  const primary = tokens.find(({ slot }) => slot === 'primary');
  if (!primary) throw new Error(`the account ${account.sid} has no primary token`);
  return { primary, secondary: tokens.find(({ slot }) => slot === 'secondary') };
}

function record(
  act: Act,
  { owner_account_sid, sid }: Account,
  action: string,
  { slot, version }: Pick<AuthToken, 'slot' | 'version'>,
): void {
  const detail = { slot, version };
  act.record({ action, account_sid: owner_account_sid, target_sid: sid, detail });
}
