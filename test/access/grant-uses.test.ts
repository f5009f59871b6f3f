import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchGrantUses } from '../../src/authorizations/grant-use-store.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const POLICIES = '/v1/ConnectionPolicies';
const MINUTE_MS = 60_000;

/** The noted uses, after all writes of the queue. */
async function notedUses(app: TestApp, ...grant_sids: string[]): Promise<Record<string, number>> {
  await app.app.database.idle();
  const uses = await fetchGrantUses(app.app.database.db, grant_sids);
  return Object.fromEntries(
    uses.map(({ grant_sid, date_last_used }) => [grant_sid, date_last_used]),
  );
}

onEveryEngine('the last use of a grant', (engine) => {
  test('is noted when its app acts, at most once a minute', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const { sid, subaccount_sid } = await app.aGrant(connectApp, customer);
    const unused = await app.aGrant(connectApp, await app.anAccount());
    const login = { username: subaccount_sid, password: owner.auth_token };
    const acted = async () => {
      assert.equal((await app.get(POLICIES, login)).status, 200);
      return notedUses(app, sid, unused.sid);
    };

    const path = `/2010-04-01/Accounts/${subaccount_sid}.json`;
    assert.equal((await app.get(path, loginOf(customer))).status, 200);
    assert.deepEqual(await notedUses(app, sid), {}, 'its customer is not its app');
    const first = START_OF_TIME;
    assert.deepEqual(await acted(), { [sid]: first });
    app.advance(MINUTE_MS - (first % MINUTE_MS) - 1);
    assert.deepEqual(await acted(), { [sid]: first }, 'still the same minute');
    app.advance(1);
    const second = first + MINUTE_MS - (first % MINUTE_MS);
    assert.deepEqual(await acted(), { [sid]: second });
    assert.deepEqual(await notedUses(app), {});
  });

  test('is not noted for a refused request', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const grant = await app.aGrant(connectApp, customer);
    const login = connectLogin(grant, owner);
    assert.equal((await app.post(POLICIES, login, {})).status, 403);
    const consent = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', consent)).status, 200);
    assert.equal((await app.get(POLICIES, login)).status, 401);
    assert.deepEqual(await notedUses(app, grant.sid), {});
  });

  test('is logged when it cannot be noted, without delay of the answer', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const grant = await app.aGrant(await app.aConnectApp(owner), await app.anAccount());
    await app.app.database.write((tx) => tx.schema.dropTable('grant_uses').execute());
    assert.equal((await app.get(POLICIES, connectLogin(grant, owner))).status, 200);
    await app.app.database.idle();
    const [line = '', ...more] = app.logLines.filter((it) => it.includes('could not be noted'));
    assert.equal(JSON.parse(line).grant_sid, grant.sid);
    assert.deepEqual(more, []);
  });
});
