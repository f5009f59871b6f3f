import type { Act } from '../audit/act.ts';
import { sealerOf } from '../audit/sealer.ts';
import type { Account } from './account.ts';
import { newAuthToken } from './auth-token.ts';
import { sealTestToken, type TestCredentials } from './test-credentials.ts';
import { insertTestCredentials } from './test-credentials-store.ts';

/** Gives an account its test credentials. */
export async function createTestCredentials(
  act: Act,
  { sid: account_sid, owner_account_sid: root_sid }: Pick<Account, 'sid' | 'owner_account_sid'>,
): Promise<TestCredentials> {
  const { app, tx, now } = act;
  const place = { sid: app.newSid('AC'), account_sid };
  const sealed = sealTestToken(await sealerOf(act), newAuthToken(app.randomBytes), place);
  const credentials = { ...place, ...sealed, root_sid, date_created: now };
  await insertTestCredentials(tx, credentials);
  return credentials;
}
