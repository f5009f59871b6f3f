import type { Act } from '../audit/act.ts';
import { sealerOf } from '../audit/sealer.ts';
import { newAuthToken } from './auth-token.ts';
import { sealTestToken, type TestCredentials } from './test-credentials.ts';
import { insertTestCredentials } from './test-credentials-store.ts';

/** Gives an account its test credentials. */
export async function createTestCredentials(
  act: Act,
  account_sid: string,
): Promise<TestCredentials> {
  const { app, tx, now } = act;
  const place = { sid: app.newSid('AC'), account_sid };
  const sealed = sealTestToken(await sealerOf(act), newAuthToken(app.randomBytes), place);
  const credentials = { ...place, ...sealed, date_created: now };
  await insertTestCredentials(tx, credentials);
  return credentials;
}
