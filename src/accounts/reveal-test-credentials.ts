import type { Act } from '../audit/act.ts';
import { lockAccount } from '../db/limit.ts';
import type { Account } from './account.ts';
import { createTestCredentials } from './create-test-credentials.ts';
import { openTestToken, type TestCredentials } from './test-credentials.ts';
import { fetchTestCredentials } from './test-credentials-store.ts';

/** Test credentials for the account's people. */
export interface RevealedTestCredentials extends Pick<TestCredentials, 'sid'> {
  readonly token: string;
}

/**
 * Opens an account's test credentials. An account that is older than test credentials gets its own
 * now.
 */
export async function openTestCredentials(
  act: Act,
  { sid: account_sid, owner_account_sid }: Pick<Account, 'sid' | 'owner_account_sid'>,
): Promise<RevealedTestCredentials> {
  const { app, tx } = act;
  let stored = await fetchTestCredentials(tx, account_sid);
  if (!stored) {
    // Another process may make them at the same time.
    await lockAccount(tx, app.database.engine, account_sid);
    stored = await fetchTestCredentials(tx, account_sid);
  }
  if (!stored) {
    stored = await createTestCredentials(act, { sid: account_sid, owner_account_sid });
    act.record({
      action: 'test_credentials.created',
      account_sid: owner_account_sid,
      target_sid: account_sid,
      detail: { test_account_sid: stored.sid },
    });
  }
  return { sid: stored.sid, token: openTestToken(app.keyRing, stored) };
}

/** The same for an account's people. The audit log records that they were shown. */
export async function revealTestCredentials(
  act: Act,
  account: Pick<Account, 'sid' | 'owner_account_sid'>,
): Promise<RevealedTestCredentials> {
  const revealed = await openTestCredentials(act, account);
  act.record({
    action: 'test_credentials.shown',
    account_sid: account.owner_account_sid,
    target_sid: account.sid,
    detail: { test_account_sid: revealed.sid },
  });
  return revealed;
}
