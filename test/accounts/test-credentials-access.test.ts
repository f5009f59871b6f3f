import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openApp } from '../../src/app.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { ENGINES, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { testLoginOf } from '../support/test-login.ts';

/** The access of callers with test credentials. `isolation.test.ts` tests it on every endpoint. */

const WORKS = '+15005550006';

onEveryEngine('a caller with test credentials', (engine) => {
  const form = { PhoneNumber: WORKS };
  const numbersOf = (sid: string) => `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers.json`;

  test('has no access to other accounts, and the test SID works with no other token', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = await testLoginOf(app, account);
    const other = await testLoginOf(app, await app.anAccount());
    const { username: test_sid, password: test_token } = login;
    assert.equal((await app.post(numbersOf(test_sid), login, form)).status, 201);
    const refused = [
      await app.post(numbersOf(account.sid), login, form),
      await app.post(numbersOf(other.username), login, form),
      await app.post(numbersOf(`AC${'f'.repeat(32)}`), login, form),
      await app.post(numbersOf(test_sid), loginOf(account), form),
      await app.post(numbersOf(test_sid), { ...login, password: account.auth_token }, form),
      await app.post(numbersOf(test_sid), { ...login, password: other.password }, form),
      await app.get('/v1/ByocTrunks', { username: account.sid, password: test_token }),
    ];
    for (const { status, json } of refused) assert.deepEqual([status, json.code], [401, 20003]);
  });

  test('is refused with the account, and with the account above it', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    const logins = [await testLoginOf(app, account), await testLoginOf(app, subaccount)];
    const statuses = async () => {
      const found: number[] = [];
      for (const login of logins) {
        found.push((await app.post(numbersOf(login.username), login, form)).status);
      }
      return found;
    };
    const become = (sid: string, status: 'active' | 'suspended' | 'closed') =>
      app.app.database.write(async (tx) => {
        await tx.updateTable('accounts').set({ status }).where('sid', '=', sid).execute();
      });
    assert.deepEqual(await statuses(), [201, 201]);
    await become(subaccount.sid, 'closed');
    assert.deepEqual(await statuses(), [201, 401]);
    await become(subaccount.sid, 'active');
    await become(account.sid, 'suspended');
    assert.deepEqual(await statuses(), [401, 401]);
    await become(account.sid, 'active');
    assert.deepEqual(await statuses(), [201, 201]);
  });

  test("shares the account's limit of requests a second", async () => {
    await using app = await testApp({ engine, config: { requestsPerSecond: 1 } });
    const account = await app.anAccount();
    const login = await testLoginOf(app, account);
    const seen = new Set<number>();
    for (let sent = 0; sent < 20; sent += 1) {
      seen.add((await app.post(numbersOf(login.username), login, form)).status);
      seen.add((await app.get('/v1/ByocTrunks', loginOf(account))).status);
    }
    assert.deepEqual(seen, new Set([201, 200, 429]));
    assert.equal((await app.get('/v1/ByocTrunks', loginOf(account))).status, 429);
  });

  test('gets credentials once, also for an older account', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await app.app.database.write(async (tx) => {
      await tx.deleteFrom('test_credentials').where('account_sid', '=', account.sid).execute();
    });
    const looks = [1, 2, 3, 4].map(() => testLoginOf(app, account));
    const [login = loginOf(account), ...others] = await Promise.all(looks);
    for (const other of others) assert.deepEqual(other, login);
    assert.match(login.username, /^AC[0-9a-f]{32}$/);
    assert.match(login.password, /^[0-9a-f]{32}$/);
    assert.equal((await app.post(numbersOf(login.username), login, form)).status, 201);
    const events = await listAuditEvents(app.app.database.db, account.sid, 100);
    const made = events.filter(({ action }) => action === 'test_credentials.created');
    assert.equal(made.length, 1);
    assert.ok(!JSON.stringify(events).includes(login.password));
  });

  test('is shown by the control API, which gives no account the test SID of another', async () => {
    await using app = await testApp({ engine });
    const body = { friendly_name: 'Acme' };
    const made = await app.control('POST', '/accounts', body);
    assert.equal(made.status, 201);
    const { test_account_sid: username, test_auth_token: password } = made.json;
    assert.notEqual(username, made.json.sid);
    const login = { username, password };
    assert.equal((await app.post(numbersOf(username), login, form)).status, 201);
    const again = await app.control('POST', '/accounts', { ...body, sid: username });
    assert.equal(again.status, 409);
  });
});

if (ENGINES.includes('postgres')) {
  test('processes of one database give an account the same test credentials', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log } = app.app;
    const other = await openApp(config, { log, now: app.app.clock.wall });
    try {
      // The two processes have to meet at one account, so there are several.
      for (let i = 0; i < 20; i += 1) {
        const account = await app.anAccount();
        await app.app.database.write(async (tx) => {
          await tx.deleteFrom('test_credentials').where('account_sid', '=', account.sid).execute();
        });
        const [one, two] = await Promise.all([
          testLoginOf(app, account),
          testLoginOf({ app: other }, account),
        ]);
        assert.deepEqual(one, two);
        const events = await listAuditEvents(app.app.database.db, account.sid, 10);
        const made = events.filter(({ action }) => action === 'test_credentials.created');
        assert.equal(made.length, 1);
      }
    } finally {
      await other.close();
    }
  });
}
