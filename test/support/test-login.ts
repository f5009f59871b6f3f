import type { Account } from '../../src/accounts/account.ts';
import { openTestCredentials } from '../../src/accounts/reveal-test-credentials.ts';
import { asSystem, type Login, type TestApp } from './test-app.ts';

/** The test credentials of an account. */
export function testLoginOf(app: Pick<TestApp, 'app'>, account: Account): Promise<Login> {
  return asSystem(app, async (doing) => {
    const { sid: username, token: password } = await openTestCredentials(doing, account);
    return { username, password };
  });
}
