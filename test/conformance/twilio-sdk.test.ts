import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { ROUTES } from '../../src/routes.ts';
import {
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { makesCalls } from './sdk-calls.ts';
import { readsEveryList } from './sdk-lists.ts';
import { sendsMessages } from './sdk-messages.ts';
import { holdsNumbers } from './sdk-numbers.ts';
import { routesVoice } from './sdk-voice.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** The stories of an engine share one server. Its metrics show at the end which operations ran. */
onEveryEngine('the official Node SDK', (engine) => {
  let app: TestApp;
  let origin: string;
  before(async () => {
    app = await testApp({ engine });
    origin = await app.listen();
  });
  after(() => app[Symbol.asyncDispose]());

  test('makes, finds, renames, suspends and closes subaccounts', async () => {
    const main = await app.anAccount({ friendly_name: 'Head office' });
    const { accounts } = sdk(origin, loginOf(main)).api.v2010;

    const branch = await accounts.create({ friendlyName: 'Branch' });
    assert.equal(branch.friendlyName, 'Branch');
    assert.equal(branch.ownerAccountSid, main.sid);
    assert.equal(branch.status, 'active');
    assert.equal(branch.dateCreated.getTime(), START_OF_TIME);
    assert.match(branch.authToken, /^[0-9a-f]{32}$/);

    assert.deepEqual(sidsOf(await accounts.list()), [branch.sid, main.sid]);
    assert.deepEqual(sidsOf(await accounts.list({ friendlyName: 'Branch' })), [branch.sid]);
    assert.deepEqual(await accounts.list({ status: 'suspended' }), []);
    assert.equal((await accounts(main.sid).fetch()).friendlyName, 'Head office');

    const renamed = await accounts(branch.sid).update({ friendlyName: 'Branch & sons' });
    assert.equal(renamed.friendlyName, 'Branch & sons');
    const asBranch = sdk(origin, { username: branch.sid, password: branch.authToken });
    assert.equal((await asBranch.api.v2010.accounts(branch.sid).fetch()).sid, branch.sid);

    assert.equal((await accounts(branch.sid).update({ status: 'suspended' })).status, 'suspended');
    await assertRefused(asBranch.api.v2010.accounts(branch.sid).fetch(), 401, 20003);
    assert.deepEqual(sidsOf(await accounts.list({ status: 'suspended' })), [branch.sid]);
    assert.equal((await accounts(branch.sid).update({ status: 'active' })).status, 'active');
    assert.equal((await accounts(branch.sid).update({ status: 'closed' })).status, 'closed');
    await assertRefused(accounts(branch.sid).update({ status: 'active' }), 400, 20001);
    await assertRefused(accounts(main.sid).update({ status: 'closed' }), 403, 20403);
  });

  test('reads the balance', async () => {
    const main = await app.anAccount();
    const client = sdk(origin, loginOf(main));
    const balance = await client.balance.fetch();
    assert.deepEqual(balance.toJSON(), {
      accountSid: main.sid,
      balance: '1000.00',
      currency: 'USD',
    });
  });

  test('makes a key, works with it, and deletes it', async () => {
    const main = await app.anAccount();
    const client = sdk(origin, loginOf(main));
    const made = await client.newKeys.create({ friendlyName: 'Laptop' });
    assert.match(made.secret, /^[A-Za-z0-9]{32}$/);

    const withKey = sdk(origin, { username: made.sid, password: made.secret }, main.sid);
    assert.deepEqual(await withKey.connectApps.list(), []);

    assert.deepEqual(sidsOf(await client.keys.list()), [made.sid]);
    const fetched = await client.keys(made.sid).fetch();
    assert.equal(fetched.friendlyName, 'Laptop');
    assert.equal('secret' in fetched, false);
    const renamed = await client.keys(made.sid).update({ friendlyName: 'Old laptop' });
    assert.equal(renamed.friendlyName, 'Old laptop');
    assert.equal(await client.keys(made.sid).remove(), true);
    await assertRefused(client.keys(made.sid).fetch(), 404, 20404);
    await assertRefused(withKey.connectApps.list(), 401, 20003);
  });

  test('sees the same keys as signing keys', async () => {
    const main = await app.anAccount();
    const client = sdk(origin, loginOf(main));
    const made = await client.newSigningKeys.create({ friendlyName: 'Signs tokens' });
    assert.match(made.secret, /^[A-Za-z0-9]{32}$/);

    assert.deepEqual(sidsOf(await client.signingKeys.list()), [made.sid]);
    assert.deepEqual(sidsOf(await client.keys.list()), [made.sid]);
    const fetched = await client.signingKeys(made.sid).fetch();
    assert.equal(fetched.dateUpdated.getTime(), START_OF_TIME);
    const renamed = await client.signingKeys(made.sid).update({ friendlyName: 'Signs' });
    assert.equal(renamed.friendlyName, 'Signs');
    assert.equal(await client.signingKeys(made.sid).remove(), true);
    assert.deepEqual(await client.keys.list(), []);
  });

  test('lists, fetches and changes Connect apps, and cannot delete one', async () => {
    const developer = await app.anAccount();
    const made = await app.aConnectApp(developer, { friendly_name: 'Meter' });
    const client = sdk(origin, loginOf(developer));
    const connectApp = client.connectApps(made.sid);

    assert.deepEqual(sidsOf(await client.connectApps.list()), [made.sid]);
    const updated = await connectApp.update({
      friendlyName: 'Meter 2',
      companyName: 'Meters & Co.',
      description: 'Counts calls – and "texts" 📞',
      homepageUrl: 'https://meter.example.com/?a=1&b=2',
      authorizeRedirectUrl: 'https://meter.example.com/authorized',
      deauthorizeCallbackUrl: 'https://meter.example.com/gone',
      deauthorizeCallbackMethod: 'GET',
      permissions: ['post-all', 'get-all'],
    });
    const fetched = await connectApp.fetch();
    assert.deepEqual(fetched.toJSON(), updated.toJSON());
    assert.deepEqual(fetched.toJSON(), {
      accountSid: developer.sid,
      authorizeRedirectUrl: 'https://meter.example.com/authorized',
      companyName: 'Meters & Co.',
      deauthorizeCallbackMethod: 'GET',
      deauthorizeCallbackUrl: 'https://meter.example.com/gone',
      description: 'Counts calls – and "texts" 📞',
      friendlyName: 'Meter 2',
      homepageUrl: 'https://meter.example.com/?a=1&b=2',
      permissions: ['get-all', 'post-all'],
      sid: made.sid,
      uri: `/2010-04-01/Accounts/${developer.sid}/ConnectApps/${made.sid}.json`,
    });
    await assertRefused(connectApp.remove(), 405, 20004);
    assert.equal((await connectApp.fetch()).sid, made.sid);
  });

  test('shows a customer the apps that it authorised', async () => {
    const developer = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(developer, { permissions: ['get-all'] });
    await app.aGrant(connectApp, customer);
    const client = sdk(origin, loginOf(customer));

    const [listed, ...more] = await client.authorizedConnectApps.list();
    assert.deepEqual(more, []);
    const fetched = await client.authorizedConnectApps(connectApp.sid).fetch();
    assert.deepEqual(listed?.toJSON(), fetched.toJSON());
    assert.equal(fetched.connectAppFriendlyName, connectApp.friendly_name);
    assert.deepEqual(fetched.permissions, ['get-all']);
  });

  test('routes voice traffic: a policy, its targets and the trunk over it', () =>
    routesVoice(app, origin));

  test('reads usage: every list, with its filters, page by page', async () => {
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    const told = [
      { account_sid: main.sid, category: 'sms-inbound-longcode', count: 3, price: '0.0237' },
      { account_sid: branch.sid, category: 'calls-inbound', usage: '2.5', price: '0.02125' },
    ];
    const body = told.map((one, index) => ({ ...one, key: `of the SDK ${index}` }));
    assert.equal((await app.control('POST', '/usage', body)).status, 200);
    const { records } = sdk(origin, loginOf(main)).usage;
    const today = new Date(Date.UTC(2026, 2, 18));

    const root = await records.list({ category: 'sms', startDate: today, endDate: today });
    assert.deepEqual(
      root.map(({ accountSid, count, usage, price, startDate, endDate, asOf }) => {
        return { accountSid, count, usage, price: String(price), startDate, endDate, asOf };
      }),
      [
        {
          accountSid: main.sid,
          count: '3',
          usage: '3',
          price: '0.0237',
          startDate: today,
          endDate: today,
          asOf: '2026-03-18T23:31:36+00:00',
        },
      ],
    );
    interface Filter {
      readonly category: string;
      readonly includeSubaccounts?: boolean;
    }
    const lists = [
      (by: Filter) => records.list(by),
      (by: Filter) => records.allTime.list(by),
      (by: Filter) => records.daily.list(by),
      (by: Filter) => records.monthly.list(by),
      (by: Filter) => records.thisMonth.list(by),
      (by: Filter) => records.today.list(by),
      (by: Filter) => records.yearly.list(by),
    ];
    const prices = { 'calls-inbound': '0.02125', totalprice: '0.04495' };
    for (const [category, price] of Object.entries(prices)) {
      for (const list of lists) {
        const [all, ...more] = await list({ category });
        assert.deepEqual([String(all?.price), more], [price, []]);
        const [own] = await list({ category, includeSubaccounts: false });
        assert.equal(String(own?.price), category === 'totalprice' ? '0.0237' : '0');
      }
    }
    const category = 'totalprice';
    assert.equal(String((await records.yesterday.list({ category }))[0]?.price), '0');
    assert.equal(String((await records.lastMonth.list({ category }))[0]?.price), '0');

    const all = await records.list({ pageSize: 1_000 });
    const pages = await records.list({ pageSize: 50 });
    assert.deepEqual(pages, all);
    assert.equal(new Set(all.map(({ category }) => category)).size, all.length);
    const second = await (await records.daily.page({ pageSize: 2 })).nextPage();
    assert.deepEqual(
      second?.instances.map(({ category }) => category),
      all.slice(2, 4).map(({ category }) => category),
    );
    const back = await second?.previousPage();
    assert.equal(back?.instances[0]?.category, all[0]?.category);
    await assertRefused(records.list({ category: 'sms-by-pigeon' }), 400, 20001);
  });

  test('watches usage: a trigger is made, listed, renamed and deleted', async () => {
    const main = await app.anAccount();
    const { triggers } = sdk(origin, loginOf(main)).usage;
    const trigger = await triggers.create({
      callbackUrl: 'https://example.com/fired',
      triggerValue: '10',
      usageCategory: 'sms',
      recurring: 'daily',
    });
    assert.deepEqual(sidsOf(await triggers.list({ recurring: 'daily' })), [trigger.sid]);
    assert.deepEqual(await triggers.list({ recurring: 'monthly' }), []);
    const renamed = await triggers(trigger.sid).update({ friendlyName: 'Ten' });
    assert.deepEqual((await triggers(trigger.sid).fetch()).toJSON(), renamed.toJSON());
    assert.equal(await triggers(trigger.sid).remove(), true);
    await assertRefused(triggers(trigger.sid).fetch(), 404, 20404);
  });

  test('finds numbers as an app, and buys, changes and releases them', () =>
    holdsNumbers(app, origin));

  test('sends messages as an app, and reads, redacts and deletes them', () =>
    sendsMessages(app, origin));

  test('makes calls as an app, redirects and ends them, and works with their recordings', () =>
    makesCalls(app, origin));

  test('reads every list of an account to the end', () => readsEveryList(app, origin));

  test('has used every operation of the route table', async () => {
    const metrics = await (await fetch(`${origin}/metrics`)).text();
    const done = /^tieline_http_requests_total\{operation="(\w+)",status="20[014]"\} [1-9]/gm;
    const driven = new Set([...metrics.matchAll(done)].map(([, operation]) => operation));
    const missing = ROUTES.endpoints.filter(({ id }) => !driven.has(id)).map(({ id }) => id);
    assert.deepEqual(missing, [], 'operations that no story above drives');
  });
});
