import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Permission } from '../../src/kit/permission.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** A developer's app and a customer who authorised it. @returns the SDK with the app's login */
async function anAuthorisedApp(app: TestApp, permissions: readonly Permission[]) {
  const developer = await app.anAccount();
  const customer = await app.anAccount({ friendly_name: 'The customer' });
  const connectApp = await app.aConnectApp(developer, { permissions });
  const grant = await app.aGrant(connectApp, customer);
  const origin = await app.listen();
  const asApp = sdk(origin, connectLogin(grant, developer));
  return { origin, developer, customer, connectApp, own: grant.subaccount_sid, asApp };
}

onEveryEngine('the official Node SDK calls', (engine) => {
  test('as a parent on its subaccount, except lists that a subaccount lacks', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const stranger = await app.anAccount();
    const origin = await app.listen();
    const onBranch = sdk(origin, loginOf(main), branch.sid);

    const { accounts } = onBranch.api.v2010;
    assert.equal((await accounts(branch.sid).fetch()).authToken, branch.auth_token);
    const key = await onBranch.newKeys.create({ friendlyName: 'Made by the parent' });
    const asKey = sdk(origin, { username: key.sid, password: key.secret }, branch.sid);
    assert.deepEqual(await asKey.connectApps.list(), []);
    assert.deepEqual(sidsOf(await onBranch.keys.list()), [key.sid]);
    assert.deepEqual(await onBranch.connectApps.list(), []);
    assert.deepEqual(await onBranch.authorizedConnectApps.list(), []);
    await assertRefused(onBranch.balance.fetch(), 404, 20404);

    const asBranch = sdk(origin, loginOf(branch));
    assert.deepEqual(sidsOf(await asBranch.api.v2010.accounts.list()), [branch.sid]);
    await assertRefused(asBranch.api.v2010.accounts(main.sid).fetch(), 401, 20003);
    await assertRefused(asBranch.api.v2010.accounts.create(), 403, 20403);
    await assertRefused(asBranch.balance.fetch(), 404, 20404);
    await assertRefused(sdk(origin, loginOf(main), stranger.sid).connectApps.list(), 401, 20003);
  });

  test('as a parent, which cannot change a suspended subaccount’s resources', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const onBranch = sdk(await app.listen(), loginOf(main), branch.sid);
    await onBranch.api.v2010.accounts(branch.sid).update({ status: 'suspended' });
    assert.deepEqual(await onBranch.keys.list(), []);
    await assertRefused(onBranch.newKeys.create(), 403, 20403);
  });

  test('the voice API always for the account that authenticates', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const origin = await app.listen();
    const { voice } = sdk(origin, loginOf(main), branch.sid);
    const policy = await voice.v1.connectionPolicies.create();
    assert.equal(policy.accountSid, main.sid);
    const asBranch = sdk(origin, loginOf(branch)).voice.v1;
    assert.deepEqual(await asBranch.connectionPolicies.list(), []);
    await assertRefused(asBranch.connectionPolicies(policy.sid).fetch(), 404, 20404);
  });

  test('with a Standard key, which cannot use accounts, keys or subaccounts', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const connectApp = await app.aConnectApp(main);
    const key = await app.aKey(main, 'standard');
    const origin = await app.listen();
    const client = sdk(origin, key, main.sid);

    assert.deepEqual(sidsOf(await client.connectApps.list()), [connectApp.sid]);
    const renamed = await client.connectApps(connectApp.sid).update({ friendlyName: 'By key' });
    assert.equal(renamed.friendlyName, 'By key');
    assert.equal((await client.balance.fetch()).accountSid, main.sid);
    assert.equal((await client.voice.v1.byocTrunks.create()).accountSid, main.sid);
    await assertRefused(client.api.v2010.accounts.list(), 401, 20003);
    await assertRefused(client.api.v2010.accounts(main.sid).fetch(), 401, 20003);
    await assertRefused(client.keys.list(), 401, 20003);
    await assertRefused(client.newSigningKeys.create(), 401, 20003);
    await assertRefused(sdk(origin, key, branch.sid).connectApps.list(), 401, 20003);
  });

  test('with a Main key, which has all rights of its account within that account', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const key = await app.aKey(main, 'main');
    const origin = await app.listen();
    const client = sdk(origin, key, main.sid);
    assert.deepEqual(sidsOf(await client.api.v2010.accounts.list()), [branch.sid, main.sid]);
    assert.deepEqual(sidsOf(await client.keys.list()), [key.username]);
    await assertRefused(sdk(origin, key, branch.sid).connectApps.list(), 401, 20003);
  });

  test('as a Connect app with get-all, which reads all and changes nothing', async () => {
    await using app = await testApp({ engine });
    const { asApp, own, customer, developer, connectApp } = await anAuthorisedApp(app, ['get-all']);
    const elsewhere = await app.aSubaccount(customer, 'Elsewhere');
    const { accounts } = asApp.api.v2010;

    const seen = await accounts.list();
    assert.deepEqual(sidsOf(seen), [elsewhere.sid, own, customer.sid]);
    assert.deepEqual(new Set(seen.map(({ authToken }) => authToken)), new Set([null]));
    assert.equal((await accounts(customer.sid).fetch()).friendlyName, 'The customer');
    assert.equal((await accounts(elsewhere.sid).fetch()).authToken, null);
    assert.deepEqual(await asApp.voice.v1.connectionPolicies.list(), []);

    await assertRefused(asApp.voice.v1.connectionPolicies.create(), 403, 20403);
    await assertRefused(accounts(own).update({ friendlyName: 'Mine' }), 403, 20403);
    await assertRefused(accounts.create(), 403, 20403);
    await assertRefused(asApp.newKeys.create(), 403, 20403);
    await assertRefused(asApp.keys.list(), 403, 20403);
    await assertRefused(asApp.connectApps.list(), 403, 20403);
    await assertRefused(asApp.authorizedConnectApps(connectApp.sid).fetch(), 403, 20403);
    await assertRefused(asApp.balance.fetch(), 404, 20404);
    await assertRefused(accounts(developer.sid).fetch(), 401, 20003);
  });

  test('as a Connect app with post-all, which works in its own subaccount only', async () => {
    await using app = await testApp({ engine });
    const { asApp, own, customer } = await anAuthorisedApp(app, ['post-all']);
    const { accounts } = asApp.api.v2010;

    const policy = await asApp.voice.v1.connectionPolicies.create({ friendlyName: 'By the app' });
    assert.equal(policy.accountSid, own);
    assert.equal(await asApp.voice.v1.connectionPolicies(policy.sid).remove(), true);
    assert.deepEqual(sidsOf(await accounts.list()), [own]);
    assert.equal((await accounts(own).fetch()).ownerAccountSid, customer.sid);
    await assertRefused(accounts(customer.sid).fetch(), 401, 20003);
    await assertRefused(asApp.newKeys.create(), 403, 20403);
  });

  test('as a Connect app, until the customer revokes it, and again once it is authorised', async () => {
    await using app = await testApp({ engine });
    const story = await anAuthorisedApp(app, ['get-all', 'post-all']);
    const { origin, asApp, connectApp, customer, developer, own } = story;
    assert.equal((await asApp.voice.v1.byocTrunks.create()).accountSid, own);
    const stolen = sdk(origin, { username: customer.sid, password: developer.auth_token });
    await assertRefused(stolen.connectApps.list(), 401, 20003);

    const pair = { account_sid: customer.sid, connect_app_sid: connectApp.sid };
    const revoked = await app.control('POST', '/deauthorize', pair);
    assert.equal(revoked.status, 200, revoked.text);
    await assertRefused(asApp.voice.v1.byocTrunks.list(), 401, 20003);
    const asCustomer = sdk(origin, loginOf(customer));
    assert.deepEqual(await asCustomer.authorizedConnectApps.list(), []);

    const renewed = await app.aGrant(connectApp, customer);
    assert.equal(renewed.subaccount_sid, own);
    assert.equal((await asApp.voice.v1.byocTrunks.list()).length, 1);
  });
});
