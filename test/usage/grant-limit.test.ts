import assert from 'node:assert/strict';
import { test } from 'node:test';
import { demandBalance } from '../../src/access/spending.ts';
import type { App } from '../../src/app.ts';
import { openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { type Actor, OPERATOR } from '../../src/audit/audit-event.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import { MICRO_PER_UNIT } from '../../src/kit/money.ts';
import { type Metered, meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage } from '../../src/usage/read-usage.ts';
import { digestOfData } from '../support/digest.ts';
import {
  connectLogin,
  ENGINES,
  type Login,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const POLICIES = '/v1/ConnectionPolicies';

async function aConnection(app: TestApp) {
  const [owner, customer] = [await app.anAccount(), await app.anAccount()];
  const connectApp = await app.aConnectApp(owner);
  const grant = await app.aGrant(connectApp, customer);
  const login = connectLogin(grant, owner);
  const limit = async (monthly_limit: unknown) =>
    app.control('POST', '/grant_limits', {
      connect_app_sid: connectApp.sid,
      account_sid: customer.sid,
      monthly_limit,
    });
  const reason = `app="${connectApp.sid}", grant="${grant.sid}"`;
  return { owner, customer, connectApp, grant, login, limit, reason };
}

let keys = 0;

/** Records usage as an outside meter of the operator does. */
async function spend(app: TestApp, account_sid: string, price: string): Promise<void> {
  keys += 1;
  const event = { account_sid, category: 'sms', price, key: `spent ${keys}` };
  const { status, text } = await app.control('POST', '/usage', event);
  assert.equal(status, 200, text);
}

/** Meters usage of the app itself, in an act of the app. */
function use(app: App, grant: Grant, price: string): Promise<Metered> {
  keys += 1;
  const { sid: grant_sid, connect_app_sid: sid, subaccount_sid: account_sid } = grant;
  const actor: Actor = { kind: 'connect_app', sid, grant_sid };
  const price_micro = Math.round(Number(price) * MICRO_PER_UNIT);
  const told = { account_sid, category: 'sms', price_micro, key: `used ${keys}` };
  return act(app, actor, async (doing) => meterUsage(doing, await readUsage(doing, [told])));
}

async function spentBy(app: App, { subaccount_sid }: Grant): Promise<number> {
  const rows = await app.database.db
    .selectFrom('usage_events')
    .select('price_micro')
    .where('account_sid', '=', subaccount_sid)
    .execute();
  return rows.reduce((sum, { price_micro }) => sum + price_micro, 0);
}

function assertWrites(app: TestApp, login: Login): Promise<void> {
  return app.post(POLICIES, login, {}).then(({ status, text }) => assert.equal(status, 201, text));
}

async function assertRefused(app: TestApp, login: Login, reason: string): Promise<void> {
  const before = await digestOfData(app.app);
  for (const [method, path] of [
    ['POST', POLICIES],
    ['POST', '/v1/ByocTrunks'],
  ] as const) {
    const reply = await app.request(method, path, { login, form: {} });
    assert.deepEqual([reply.status, reply.json.code], [403, 20403], reply.text);
    assert.equal(reply.headers['tieline-reason'], reason);
  }
  assert.equal(await digestOfData(app.app), before);
}

onEveryEngine('a limit of a grant', (engine) => {
  test("refuses an app's writes after it is passed, allows reads, and begins anew each month", async () => {
    await using app = await testApp({ engine });
    const { customer, grant, login, limit, reason } = await aConnection(app);
    await assertWrites(app, login);
    const set = await limit('12.50');
    assert.equal(set.status, 200, set.text);
    assert.deepEqual(set.json, {
      account_sid: grant.subaccount_sid,
      monthly_limit: '12.50',
      spent: '0.00',
      countries: null,
      date_ends: null,
    });
    // Spending of the customer itself and of its other subaccounts does not count.
    await spend(app, customer.sid, '100');
    await spend(app, (await app.aSubaccount(customer)).sid, '100');
    await spend(app, grant.subaccount_sid, '12.5');
    await assertWrites(app, login);

    await spend(app, grant.subaccount_sid, '0.51');
    const passed = `${reason}, limit="12.50", spent="13.01", reauthorize=?0`;
    await assertRefused(app, login, passed);
    for (const path of [
      POLICIES,
      '/2010-04-01/Accounts.json',
      `/2010-04-01/Accounts/${grant.subaccount_sid}/Usage/Records/ThisMonth.json`,
    ]) {
      assert.equal((await app.get(path, login)).status, 200);
    }
    await spend(app, grant.subaccount_sid, '1');
    const asCustomer = await app.post(POLICIES, loginOf(customer), {});
    assert.equal(asCustomer.status, 201, 'it is no limit of the customer’s');

    // A millisecond before midnight of the last of March, and midnight.
    app.advance(Date.UTC(2026, 3, 1) - START_OF_TIME - 1);
    await assertRefused(app, login, passed.replace('13.01', '14.01'));
    app.advance(1);
    await assertWrites(app, login);
    await spend(app, grant.subaccount_sid, '12.500001');
    await assertRefused(app, login, passed.replace('13.01', '12.500001'));
    const more = await limit('12.51');
    assert.deepEqual([more.json.monthly_limit, more.json.spent], ['12.51', '12.500001']);
    await assertWrites(app, login);
    await limit('0');
    await assertRefused(app, login, `${reason}, limit="0.00", spent="12.500001", reauthorize=?0`);
    assert.equal((await limit(null)).json.monthly_limit, null);
    await assertWrites(app, login);
  });

  test("is never passed by the app's own use, and can be met exactly", async () => {
    await using app = await testApp({ engine });
    const { customer, grant, login, limit, reason } = await aConnection(app);
    await limit('1');
    for (let i = 0; i < 4; i += 1) await use(app.app, grant, '0.24');
    const before = await digestOfData(app.app);
    await assert.rejects(use(app.app, grant, '0.040001'), {
      status: 403,
      code: 20403,
      headers: {
        'Tieline-Reason': `${reason}, limit="1.00", spent="1.000001", reauthorize=?0`,
      },
    });
    assert.equal(await digestOfData(app.app), before);
    await use(app.app, grant, '0.04');
    await use(app.app, grant, '0');
    await assertWrites(app, login);
    await assert.rejects(use(app.app, grant, '0.000001'), { status: 403 });
    await Promise.allSettled(Array.from({ length: 20 }, () => use(app.app, grant, '0.000001')));
    assert.equal(await spentBy(app.app, grant), MICRO_PER_UNIT);

    await spend(app, grant.subaccount_sid, '5');
    await assert.rejects(use(app.app, grant, '0.01'), { status: 403 });
    const path = `/2010-04-01/Accounts/${customer.sid}/Balance.json`;
    assert.equal((await app.get(path, loginOf(customer))).json.balance, '994.00');
  });

  test('stays with the grant when it is revoked and given again', async () => {
    await using app = await testApp({ engine });
    const { customer, connectApp, grant, login, limit, reason } = await aConnection(app);
    await limit('0.01');
    await spend(app, grant.subaccount_sid, '0.02');
    const both = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', both)).status, 200);
    assert.equal((await app.control('POST', '/authorize', both)).status, 200);
    await assertRefused(app, login, `${reason}, limit="0.01", spent="0.02", reauthorize=?0`);
  });

  test('is refused without a valid amount or a grant', async () => {
    await using app = await testApp({ engine });
    const { customer, connectApp, limit } = await aConnection(app);
    const before = await digestOfData(app.app);
    for (const wrong of ['-0.01', '1e3', 'NaN', 1e300, '0.0000001', '100000001', undefined, {}]) {
      const { status, json } = await limit(wrong);
      assert.equal(status, 400);
      assert.match(json.error, /^monthly_limit must be /);
    }
    const [connect_app_sid, account_sid] = [connectApp.sid, customer.sid];
    for (const sids of [
      { connect_app_sid, account_sid: `AC${'f'.repeat(32)}` },
      { connect_app_sid: `CN${'f'.repeat(32)}`, account_sid },
    ]) {
      const body = { ...sids, monthly_limit: '1' };
      assert.equal((await app.control('POST', '/grant_limits', body)).status, 404);
    }
    assert.equal(await digestOfData(app.app), before);
  });
});

onEveryEngine('a floor of a balance', (engine) => {
  test("stops apps' writes and sending below it, and shows no app the balance", async () => {
    await using app = await testApp({ engine });
    const { customer, grant, login, reason } = await aConnection(app);
    const floor = (balance_floor: unknown, sid = customer.sid) =>
      app.control('POST', `/accounts/${sid}/limits`, { balance_floor });
    const send = () => act(app.app, OPERATOR, (doing) => demandBalance(doing, customer));
    await spend(app, grant.subaccount_sid, '2000');
    await assertWrites(app, login);
    await send();

    assert.deepEqual((await floor('-1000')).json, {
      account_sid: customer.sid,
      balance_floor: '-1000.00',
      balance: '-1000.00',
      countries: null,
      max_messages_per_second: null,
      max_calls_per_second: null,
      max_calls_at_once: null,
    });
    await assertWrites(app, login);
    await send();
    await spend(app, customer.sid, '0.000001');
    await assertRefused(app, login, `${reason}, balance=?0, reauthorize=?0`);
    await assert.rejects(send(), { status: 403, code: 20403, headers: {} });
    assert.equal((await app.get(POLICIES, login)).status, 200);
    assert.equal((await app.post(POLICIES, loginOf(customer), {})).status, 201);
    await floor(null);
    await assertWrites(app, login);
    await send();

    const before = await digestOfData(app.app);
    const subaccounts = await floor('0', grant.subaccount_sid);
    assert.equal(subaccounts.status, 400);
    assert.match(subaccounts.json.error, /A subaccount has no balance/);
    assert.match((await floor('1e3')).json.error, /^balance_floor must be /);
    assert.equal((await floor('0', `AC${'f'.repeat(32)}`)).status, 404);
    assert.equal(await digestOfData(app.app), before);
  });
});

if (ENGINES.includes('postgres')) {
  test('an app that uses two processes at the same time does not pass its limit', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { grant, limit } = await aConnection(app);
    await limit('1');
    const { now, log } = app.app;
    const other = await openApp(app.app.config, { now, log });
    try {
      const uses = Array.from({ length: 120 }, (_, index) =>
        use(index % 2 === 0 ? app.app : other, grant, '0.03'),
      );
      const done = await Promise.allSettled(uses);
      const refused = done.filter(({ status }) => status === 'rejected');
      for (const one of refused) {
        assert.equal((one as PromiseRejectedResult).reason.status, 403);
      }
      assert.equal(done.length - refused.length, 33);
      assert.equal(await spentBy(app.app, grant), 990_000);
    } finally {
      await other.close();
    }
  });
}
