import assert from 'node:assert/strict';
import { test } from 'node:test';
import { insertAccount } from '../../src/accounts/account-store.ts';
import {
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** Enough items for two pages of three and the beginning of a third. */
const COUNT = 7;

async function appsOf(app: TestApp, developer: TestAccount): Promise<string[]> {
  const sids: string[] = [];
  for (let i = 0; i < COUNT; i += 1) {
    sids.unshift((await app.aConnectApp(developer, { friendly_name: `App ${i}` })).sid);
  }
  return sids;
}

async function policiesOf(origin: string, account: TestAccount): Promise<string[]> {
  const { connectionPolicies } = sdk(origin, loginOf(account)).voice.v1;
  const sids: string[] = [];
  for (let i = 0; i < COUNT; i += 1) {
    sids.unshift((await connectionPolicies.create({ friendlyName: `Policy ${i}` })).sid);
  }
  return sids;
}

onEveryEngine('the official Node SDK turns pages', (engine) => {
  test('of the 2010 API, forwards and back', async () => {
    await using app = await testApp({ engine });
    const developer = await app.anAccount();
    const sids = await appsOf(app, developer);
    const { connectApps } = sdk(await app.listen(), loginOf(developer));

    assert.deepEqual(sidsOf(await connectApps.list()), sids);
    assert.deepEqual(sidsOf(await connectApps.list({ pageSize: 3 })), sids);
    assert.deepEqual(sidsOf(await connectApps.list({ pageSize: 3, limit: 5 })), sids.slice(0, 5));

    const met: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(error) : resolve());
      connectApps.each({ pageSize: 2, done }, ({ sid }) => void met.push(sid));
    });
    assert.deepEqual(met, sids);

    const first = await connectApps.page({ pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    assert.deepEqual(sidsOf(first.instances), sids.slice(0, 3));
    assert.deepEqual(sidsOf(second?.instances ?? []), sids.slice(3, 6));
    assert.deepEqual(sidsOf(third?.instances ?? []), sids.slice(6));
    assert.equal(third?.nextPage(), undefined);
    assert.equal(first.previousPage(), undefined);

    const backAtSecond = await third?.previousPage();
    const backAtFirst = await backAtSecond?.previousPage();
    assert.deepEqual(sidsOf(backAtSecond?.instances ?? []), sids.slice(3, 6));
    assert.deepEqual(sidsOf(backAtFirst?.instances ?? []), sids.slice(0, 3));
    assert.equal(backAtFirst?.previousPage(), undefined);

    assert.ok(second?.nextPageUrl);
    const reopened = await connectApps.getPage(second.nextPageUrl);
    assert.deepEqual(sidsOf(reopened.instances), sids.slice(6));
  });

  test('of the v1 API, forwards and back', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const origin = await app.listen();
    const sids = await policiesOf(origin, account);
    const { connectionPolicies } = sdk(origin, loginOf(account)).voice.v1;

    assert.deepEqual(sidsOf(await connectionPolicies.list()), sids);
    assert.deepEqual(sidsOf(await connectionPolicies.list({ pageSize: 3 })), sids);
    const some = await connectionPolicies.list({ pageSize: 3, limit: 4 });
    assert.deepEqual(sidsOf(some), sids.slice(0, 4));

    const met: string[] = [];
    await new Promise<void>((resolve, reject) => {
      const done = (error?: Error) => (error ? reject(error) : resolve());
      connectionPolicies.each({ pageSize: 2, done }, ({ sid }) => void met.push(sid));
    });
    assert.deepEqual(met, sids);

    const first = await connectionPolicies.page({ pageSize: 3 });
    const second = await first.nextPage();
    const third = await second?.nextPage();
    assert.ok(first.nextPageUrl?.startsWith(`${origin}/v1/ConnectionPolicies?PageSize=3&Page=1&`));
    assert.deepEqual(sidsOf(second?.instances ?? []), sids.slice(3, 6));
    assert.deepEqual(sidsOf(third?.instances ?? []), sids.slice(6));
    assert.equal(third?.nextPage(), undefined);
    const backAtFirst = await (await third?.previousPage())?.previousPage();
    assert.deepEqual(sidsOf(backAtFirst?.instances ?? []), sids.slice(0, 3));
    assert.equal(backAtFirst?.previousPage(), undefined);
  });

  test('of lists that grow and shrink meanwhile, and meets no item twice', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const origin = await app.listen();
    const sids = await policiesOf(origin, account);
    const { connectionPolicies } = sdk(origin, loginOf(account)).voice.v1;

    const first = await connectionPolicies.page({ pageSize: 3 });
    await connectionPolicies.create({ friendlyName: 'Newer than the first page' });
    await connectionPolicies.create({ friendlyName: 'Newer still' });
    // The next page begins after this item, because it was the last one of the page.
    await connectionPolicies(sids[2] as string).remove();
    const second = await first.nextPage();
    assert.deepEqual(sidsOf(second?.instances ?? []), sids.slice(3, 6));
  });

  test('and keeps the filter on every one of them', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount({ friendly_name: 'Main' });
    const branches: string[] = [];
    for (let i = 0; i < 5; i += 1) {
      branches.unshift((await app.aSubaccount(main, 'Branch & sons')).sid);
      await app.aSubaccount(main, 'Other');
    }
    const { accounts } = sdk(await app.listen(), loginOf(main)).api.v2010;
    const found = await accounts.list({
      friendlyName: 'Branch & sons',
      status: 'active',
      pageSize: 2,
    });
    assert.deepEqual(sidsOf(found), branches);
    assert.equal((await accounts.list({ pageSize: 4 })).length, 11);
  });

  test('of 1,000 when its caller asks for 5,000', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    await app.app.database.write(async (tx) => {
      for (let i = 0; i < 1_000; i += 1) {
        const { auth_token: _, ...row } = main;
        const sid = app.app.newSid('AC');
        await insertAccount(tx, { ...row, sid, date_created: START_OF_TIME + i });
      }
    });
    const { accounts } = sdk(await app.listen(), loginOf(main)).api.v2010;

    const all = await accounts.list({ limit: 5_000 });
    assert.equal(new Set(sidsOf(all)).size, 1_001);
    const first = await accounts.page({ pageSize: 5_000 });
    assert.equal(first.instances.length, 1_000);
    assert.equal((await first.nextPage())?.instances.length, 1);
  });

  test('and is told when a page does not exist', async () => {
    await using app = await testApp({ engine });
    const client = sdk(await app.listen(), loginOf(await app.anAccount()));
    await assertRefused(client.connectApps.page({ pageToken: 'PAnonsense' }), 400, 20001);
    await assertRefused(client.voice.v1.byocTrunks.page({ pageSize: 0 }), 400, 20001);
    assert.deepEqual(await client.connectApps.list({ pageSize: 1 }), []);
  });
});
