import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { changeAccountStatus } from '../../src/lifecycle/change-account-status.ts';
import {
  aNumber,
  aService,
  assertCode,
  messagesOf,
  OURS,
  parametersOf,
  pass,
  post,
  read,
  receive,
  send,
  usageOf,
} from '../support/messages.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { type WebhookReceiver, webhookReceiver } from '../support/webhook-receiver.ts';

const HOUR = 60 * 60_000;

const inAnHour = async (app: TestApp, account: { readonly sid: string }) => ({
  ScheduleType: 'fixed',
  SendAt: new Date(app.app.now() + HOUR).toISOString(),
  MessagingServiceSid: (await aService(app, account, {})).sid as string,
  From: '',
});

async function setStatus({ app }: TestApp, { sid }: TestAccount, status: 'suspended' | 'closed') {
  await act(app, OPERATOR, async (doing) => {
    const account = await fetchAccount(doing.tx, sid);
    if (account) await changeAccountStatus(doing, account, status);
  });
}

onEveryEngine('messages and their callbacks', (engine) => {
  let receiver: WebhookReceiver;
  before(async () => {
    receiver = await webhookReceiver();
  });
  after(() => receiver[Symbol.asyncDispose]());

  test("report every state, signed with the account's token", async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const first = receiver.received.length;
    const StatusCallback = `${receiver.origin}/status`;
    const sent = await send(app, account, { StatusCallback, To: '+14155550002' });
    await pass(app);
    const told = receiver.received
      .slice(first)
      .map((request) => parametersOf(request, account.auth_token));
    const states = new Set(told.map(({ MessageStatus }) => MessageStatus));
    assert.deepEqual(states, new Set(['queued', 'sending', 'sent', 'undelivered']));
    assert.equal(told.length, states.size);
    const last = told.find(({ MessageStatus }) => MessageStatus === 'undelivered');
    assert.deepEqual(last, {
      AccountSid: account.sid,
      ApiVersion: '2010-04-01',
      ErrorCode: '30003',
      From: OURS,
      MessageSid: sent.sid,
      MessageStatus: 'undelivered',
      SmsSid: sent.sid,
      SmsStatus: 'undelivered',
      To: '+14155550002',
    });
  });

  test("of an app are signed with its owner's token and end with its grant", async () => {
    await using app = await testApp({ engine });
    const [developer, customer] = [await app.anAccount(), await app.anAccount()];
    const grant = await app.aGrant(await app.aConnectApp(developer), customer);
    const guest = connectLogin(grant, developer);
    const account = { ...customer, sid: grant.subaccount_sid };
    await aNumber(app, account);
    const first = receiver.received.length;
    const form = { StatusCallback: `${receiver.origin}/app` };
    const byApp = await post(app, account, form, guest);
    assert.equal(byApp.status, 201, byApp.text);
    await pass(app);
    const told = receiver.received.slice(first);
    assert.equal(told.length, 4);
    for (const request of told) parametersOf(request, developer.auth_token);

    const owner = loginOf(customer);
    const scheduled = await post(
      app,
      account,
      { ...form, ...(await inAnHour(app, account)) },
      guest,
    );
    assert.equal(scheduled.json.status, 'scheduled', scheduled.text);
    const customers = await post(app, account, await inAnHour(app, account), owner);
    const underWay = await post(app, account, form, guest);
    const body = { connect_app_sid: grant.connect_app_sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    await pass(app);
    assert.equal(receiver.received.length, first + 4);
    const stateOf = async (sid: string) =>
      (await app.get(`${messagesOf(account)}/${sid}.json`, owner)).json.status;
    assert.equal(await stateOf(scheduled.json.sid), 'canceled');
    assert.equal(await stateOf(underWay.json.sid), 'delivered');
    assert.equal(await stateOf(customers.json.sid), 'scheduled');
    assertCode(await post(app, account, form, guest), 401, 20003);
  });

  test('that are scheduled wait for their time and are metered then', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const waiting = await send(app, account, await inAnHour(app, account));
    assert.deepEqual([waiting.status, waiting.from], ['scheduled', null]);
    const called = await send(app, account, await inAnHour(app, account));
    const path = `${messagesOf(account)}/${called.sid}.json`;
    const login = loginOf(account);
    assertCode(await app.request('DELETE', path, { login }), 409, 20009);
    const canceled = await app.post(path, login, { Status: 'canceled' });
    assert.equal(canceled.json.status, 'canceled', canceled.text);
    assertCode(await app.post(path, login, { Status: 'canceled' }), 409, 30409);
    await pass(app);
    assert.equal((await read(app, account, waiting.sid)).status, 'scheduled');
    assert.equal((await usageOf(app, account, 'sms')).count, '0');
    app.advance(HOUR);
    await app.deliver();
    const sent = await read(app, account, waiting.sid);
    assert.deepEqual([sent.status, sent.from, sent.price], ['delivered', OURS, '-0.0079']);
    assert.equal((await read(app, account, called.sid)).status, 'canceled');
    assert.equal((await usageOf(app, account, 'sms')).count, '1');
  });

  test('that are scheduled with an unescaped plus sign of a time zone wait until then', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const wanted = { ...(await inAnHour(app, account)), To: '+14155550010', Body: 'later' };
    const inZone = new Date(app.app.now() + 2 * HOUR).toISOString().slice(0, 19);
    const form = new URLSearchParams({ ...wanted, SendAt: `${inZone}+01:00` });
    const unescaped = form.toString().replace('%2B01', '+01');
    assert.match(unescaped, /\+01%3A00/);
    const scheduled = await app.post(`${messagesOf(account)}.json`, loginOf(account), unescaped);
    assert.equal(scheduled.json.status, 'scheduled', scheduled.text);
    app.advance(HOUR - 10_000);
    await pass(app);
    assert.equal((await read(app, account, scheduled.json.sid)).status, 'scheduled');
    app.advance(10_000);
    await pass(app);
    assert.notEqual((await read(app, account, scheduled.json.sid)).status, 'scheduled');
  });

  test('that are scheduled fail without a price when they could not be sent by then', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const branch = await app.aSubaccount(account);
    await aNumber(app, account);
    await aNumber(app, branch, '+14155550120');
    const stopped = await send(app, account, { ...(await inAnHour(app, account)), From: OURS });
    const suspended = await send(app, branch, await inAnHour(app, branch));
    await receive(app, { body: ' Stop ' });
    await setStatus(app, branch, 'suspended');
    app.advance(HOUR);
    await pass(app);
    const failed = async (sid: string, of: TestAccount) => {
      const { json } = await app.get(`${messagesOf(of)}/${sid}.json`, loginOf(account));
      return [json.status, json.error_code, json.price];
    };
    assert.deepEqual(await failed(stopped.sid, account), ['failed', 21610, null]);
    assert.deepEqual(await failed(suspended.sid, branch), ['failed', 30002, null]);
    assert.equal((await usageOf(app, account, 'sms-outbound')).count, '0');
  });

  test('that are scheduled are canceled when their account is closed', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const branch = await app.aSubaccount(main);
    await aNumber(app, branch);
    const { sid } = await send(app, branch, await inAnHour(app, branch));
    await setStatus(app, branch, 'closed');
    const { json } = await app.get(`${messagesOf(branch)}/${sid}.json`, loginOf(main));
    assert.equal(json.status, 'canceled');
    app.advance(HOUR);
    await app.deliver();
    assert.equal((await usageOf(app, main, 'sms')).count, '0');
  });
});

onEveryEngine('a body that is encoded smartly', (engine) => {
  test('has plain quotes when that saves segments', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const Body = `“It’s” — fine… ${'x'.repeat(100)}`;
    assert.equal((await send(app, account, { Body })).num_segments, '2');
    const smart = await send(app, account, { Body, SmartEncoded: 'true' });
    assert.equal(smart.body, `"It's" - fine... ${'x'.repeat(100)}`);
    assert.equal(smart.num_segments, '1');
  });
});
