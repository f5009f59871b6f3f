import assert from 'node:assert/strict';
import { test } from 'node:test';
import { httpFarSide, TOKEN, useCarriers } from '../carriers/carrier-kinds.ts';
import { aCaller, anApplication, type Caller } from '../support/calls.ts';
import {
  aNumber,
  aService,
  assertCode,
  messagesOf,
  OURS,
  post,
  read,
  receive,
} from '../support/messages.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const BERLIN = '+493012345678';
const HOUR_MS = 3_600_000;
const adminToken = 'an-admin-token-of-a-test';
const PRODUCTION = { mode: 'production', publicUrl: 'http://localhost', adminToken } as const;

async function limit(app: TestApp, sid: string, limits: Record<string, unknown>) {
  const headers = { authorization: `Bearer ${adminToken}` };
  const path = `/_tieline/accounts/${sid}/limits`;
  const reply = await app.request('POST', path, { body: limits, headers });
  assert.equal(reply.status, 200, reply.text);
  return reply.json;
}

function call(app: TestApp, { calls, login, number }: Caller, To: string) {
  const twiml = '<Response><Pause length="10"/></Response>';
  return app.post(`${calls}.json`, login, { To, From: number, Twiml: twiml });
}

onEveryEngine('the countries of an account', (engine) => {
  test('bound its messages and calls, and those of its subaccounts', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { account, number: From } = caller;
    const set = await limit(app, account.sid, { countries: ['US', 'CA', 'US'] });
    assert.deepEqual([set.countries, set.balance_floor], [['CA', 'US'], null]);
    const message = await post(app, account, { From, To: BERLIN });
    assertCode(message, 400, 21408);
    assert.match(message.headers['tieline-reason'] ?? '', /^country="DE", says="the operator/);
    const refused = await call(app, caller, BERLIN);
    assertCode(refused, 400, 21215);
    assert.match(refused.headers['tieline-reason'] ?? '', /^country="DE"/);
    assert.equal((await post(app, account, { From })).status, 201);
    assert.equal((await call(app, caller, '+14155550199')).status, 201);
    assert.equal((await post(app, account, { From, To: '+15555550199' })).status, 201);
    // One calling code, another country.
    assertCode(await post(app, account, { From, To: '+12425550123' }), 400, 21408);

    const subaccount = await app.aSubaccount(account);
    await aNumber(app, subaccount, '+14155550111');
    await limit(app, subaccount.sid, { countries: ['DE', 'US'] });
    const below = { From: '+14155550111', To: BERLIN };
    assertCode(await post(app, subaccount, below), 400, 21408);
    await limit(app, account.sid, { countries: null });
    assert.equal((await post(app, subaccount, below)).status, 201);
    assert.equal((await post(app, account, { From, To: BERLIN })).status, 201);
  });

  test('stop a scheduled message, and an answer in TwiML', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using receiver = await anApplication({
      '/sms': `<Message to="${BERLIN}">Hallo</Message>`,
    });
    await aNumber(app, account, OURS, { sms_url: `${receiver.origin}/sms` });
    const service = await aService(app, account);
    const scheduled = await post(app, account, {
      To: BERLIN,
      From: OURS,
      MessagingServiceSid: service.sid,
      ScheduleType: 'fixed',
      SendAt: new Date(START_OF_TIME + HOUR_MS).toISOString(),
    });
    assert.equal(scheduled.status, 201, scheduled.text);
    await limit(app, account.sid, { countries: ['US'] });
    app.advance(HOUR_MS);
    await receive(app);
    await app.deliver();
    const { status, error_code, price } = await read(app, account, scheduled.json.sid);
    assert.deepEqual([status, error_code, price], ['failed', 21408, null]);
    const list = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    assert.equal(list.json.messages.length, 2, 'the answer was not sent');
  });

  test('must be set in production before a real carrier takes anything', async () => {
    await using app = await testApp({ engine, config: PRODUCTION });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, () => ({ status: 202 }));
    assertCode(await post(app, account), 400, 21408);
    const yaml = `
carriers: { far: { kind: http, url: "${far.origin}/in", secret: env:TOKEN, events_token: env:TOKEN } }
routes: { messages: [{ by: far }] }
limits: { countries: [US] }
`;
    useCarriers(app, yaml, { TOKEN });
    assert.equal((await post(app, account)).status, 201);
    assertCode(await post(app, account, { To: BERLIN }), 400, 21408);
    await limit(app, account.sid, { countries: ['DE'] });
    assert.equal((await post(app, account, { To: BERLIN })).status, 201);
    assertCode(await post(app, account), 400, 21408);
  });
});

onEveryEngine('the rates of an account', (engine) => {
  test('refuse what is more in a second, and count its subaccounts in', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { account, number: From } = caller;
    await limit(app, account.sid, { max_messages_per_second: 2, max_calls_per_second: 1 });
    const subaccount = await app.aSubaccount(account);
    await aNumber(app, subaccount, '+14155550111');
    assert.equal((await post(app, account, { From })).status, 201);
    assert.equal((await post(app, subaccount, { From: '+14155550111' })).status, 201);
    const third = await post(app, subaccount, { From: '+14155550111' });
    assertCode(third, 429, 20429);
    assert.equal(third.headers['retry-after'], '1');
    const reason = `limit="max_messages_per_second", account="${account.sid}"`;
    assert.equal(third.headers['tieline-reason'], reason);
    assert.equal((await call(app, caller, '+14155550199')).status, 201);
    assertCode(await call(app, caller, '+14155550199'), 429, 20429);
    app.advanceReal(1_000);
    assert.equal((await post(app, subaccount, { From: '+14155550111' })).status, 201);
    assert.equal((await call(app, caller, '+14155550199')).status, 201);
  });

  test('come from the carriers file where the account has none', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    useCarriers(app, 'limits: { max_messages_per_second: 0 }\n');
    assertCode(await post(app, account), 429, 20429);
    await limit(app, account.sid, { max_messages_per_second: 1 });
    assert.equal((await post(app, account)).status, 201);
  });
});

onEveryEngine('the calls at once of an account', (engine) => {
  test('are counted until they end, with those of its subaccounts', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    await limit(app, caller.account.sid, { max_calls_at_once: 1 });
    const first = await call(app, caller, '+14155550199');
    assert.equal(first.status, 201);
    const second = await call(app, caller, '+14155550199');
    assertCode(second, 429, 10004);
    assert.match(second.headers['tieline-reason'] ?? '', /^limit="max_calls_at_once", account="AC/);
    const path = `${caller.calls}/${first.json.sid}.json`;
    assert.equal((await app.post(path, caller.login, { Status: 'canceled' })).status, 200);
    assert.equal((await call(app, caller, '+14155550199')).status, 201);
  });
});

onEveryEngine('an emergency number', (engine) => {
  test('gets no message and no call, in any form, whatever the other routes and the links say', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { account, number: From } = caller;
    const routes = '[{ to: "112", by: simulated }, { to: "", by: simulated }]';
    const linked = `carriers: { own: { kind: simulated, numbers: ["${From}"] } }`;
    useCarriers(app, `${linked}\nroutes: { messages: ${routes}, calls: ${routes} }\n`);
    for (const To of ['911', '112', '9-1-1', '+112', '1122', '15']) {
      const message = await post(app, account, { From, To });
      assertCode(message, 400, 21211);
      assert.match(message.json.message, /emergency service/, To);
      assert.match(message.headers['tieline-reason'] ?? '', /^emergency=\?0/);
      const refused = await call(app, caller, To);
      assertCode(refused, 400, 21202);
      assert.match(refused.headers['tieline-reason'] ?? '', /^emergency=\?0/);
    }
  });
});

onEveryEngine('the limits of a grant', (engine) => {
  async function aConnection(app: TestApp) {
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    await using receiver = await anApplication({});
    const connectApp = await app.aConnectApp(owner, {
      deauthorize_callback_url: `${receiver.origin}/gone`,
    });
    const grant = await app.aGrant(connectApp, customer);
    await aNumber(app, { sid: grant.subaccount_sid });
    const both = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    const limitGrant = (limits: Record<string, unknown>) =>
      app.control('POST', '/grant_limits', { ...both, ...limits });
    const login = connectLogin(grant, owner);
    const form = { To: BERLIN, From: OURS, Body: 'Hello' };
    const path = `/2010-04-01/Accounts/${grant.subaccount_sid}/Messages.json`;
    const send = (To = BERLIN) => app.post(path, login, { ...form, To });
    return { app, customer, grant, both, login, limitGrant, send };
  }

  test('hold the app to countries', async () => {
    await using app = await testApp({ engine });
    const { grant, limitGrant, send } = await aConnection(app);
    const { json } = await limitGrant({ countries: ['US'] });
    assert.deepEqual([json.countries, json.monthly_limit, json.date_ends], [['US'], null, null]);
    const refused = await send();
    assertCode(refused, 403, 20403);
    const reason = `app="${grant.connect_app_sid}", grant="${grant.sid}", country="DE", reauthorize=?0`;
    assert.equal(refused.headers['tieline-reason'], reason);
    assert.equal((await send('+14155550199')).status, 201);
    await limitGrant({ countries: null });
    assert.equal((await send()).status, 201);
  });

  test('end it at a time, as a revoke does', async () => {
    await using app = await testApp({ engine });
    const { customer, grant, both, login, limitGrant, send } = await aConnection(app);
    const ends = START_OF_TIME + HOUR_MS;
    for (const wrong of [new Date(START_OF_TIME).toISOString(), 'tomorrow', 5]) {
      const { status, json } = await limitGrant({ date_ends: wrong });
      assert.deepEqual([status, json.error.startsWith('date_ends must be ')], [400, true]);
    }
    await limitGrant({ date_ends: new Date(ends).toISOString() });
    app.advance(HOUR_MS - 1);
    assert.equal((await send()).status, 201);
    app.advance(1);
    const refused = await send();
    assertCode(refused, 403, 20403);
    assert.match(refused.headers['tieline-reason'] ?? '', /expired="2026-03-19T00:31:36.000Z"/);
    assert.equal((await app.get('/2010-04-01/Accounts.json', login)).status, 200);
    await app.deliver();
    assert.equal((await app.get('/2010-04-01/Accounts.json', login)).status, 401);
    const deliveries = await app.control('GET', `/deliveries?account_sid=${grant.subaccount_sid}`);
    assert.match(JSON.stringify(deliveries.json), /"kind":"deauthorize"/);
    const log = await app.app.database.db
      .selectFrom('audit_events')
      .select('detail')
      .where('account_sid', '=', customer.sid)
      .where('action', '=', 'grant.revoked')
      .execute();
    assert.match(JSON.stringify(log), /expired/);
    // The end is past, so the renewed grant has none.
    assert.equal((await app.control('POST', '/authorize', both)).status, 200);
    assert.equal((await send()).status, 201);
  });

  test('move the end, or take it away', async () => {
    await using app = await testApp({ engine });
    const { limitGrant, send } = await aConnection(app);
    await limitGrant({ date_ends: new Date(START_OF_TIME + HOUR_MS).toISOString() });
    await limitGrant({ date_ends: new Date(START_OF_TIME + 3 * HOUR_MS).toISOString() });
    app.advance(2 * HOUR_MS);
    await app.deliver();
    assert.equal((await send()).status, 201);
    await limitGrant({ date_ends: null });
    app.advance(2 * HOUR_MS);
    await app.deliver();
    assert.equal((await send()).status, 201);
  });
});
