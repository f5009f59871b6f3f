import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { TaskWorker } from '../../src/jobs/task-worker.ts';
import { verify } from '../../src/verify/verify.ts';
import { TASK_HANDLERS } from '../../src/workers.ts';
import {
  aCall,
  aCaller,
  aNumber,
  anApplication,
  anIncomingCall,
  type Caller,
  fetchCall,
  requestsTo,
  settle,
  tasksLeft,
  twiml,
  usageOf,
} from '../support/calls.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const LONG = '<Response><Say>Hello</Say><Pause length="600"/></Response>';

/** An app that calls from its subaccount, with its customer and its owner. */
async function aGuest(app: TestApp, settings = {}) {
  const [developer, customer] = [await app.anAccount(), await app.anAccount()];
  const connectApp = await app.aConnectApp(developer);
  const grant = await app.aGrant(connectApp, customer);
  const login = connectLogin(grant, developer);
  const account = { ...customer, sid: grant.subaccount_sid };
  const number = await aNumber(app, account, login, settings);
  const calls = `/2010-04-01/Accounts/${account.sid}/Calls`;
  const guest: Caller = { account, login, number, calls };
  const host: Caller = { ...guest, login: loginOf(customer) };
  const revoke = async () => {
    const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
  };
  return { guest, host, developer, grant, revoke };
}

onEveryEngine('the calls of an app', (engine) => {
  test("are signed with its owner's token and marked as its own", async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/voice': '<Dial>+15005559876</Dial>' });
    const { guest, developer, grant } = await aGuest(app);
    const made = await aCall(app, guest, {
      Url: `${asked.origin}/voice`,
      StatusCallback: `${asked.origin}/status`,
    });
    await settle(app);
    assert.equal(asked.received.length, 2);
    for (const { headers, url, body } of asked.received) {
      const parameters = Object.fromEntries(new URLSearchParams(body));
      const signature = headers['x-twilio-signature'] ?? '';
      assert.ok(twilio.validateRequest(developer.auth_token, signature, url, parameters));
    }
    const rows = await app.app.database.db.selectFrom('calls').selectAll().execute();
    assert.deepEqual(
      rows.map(({ created_by_grant }) => created_by_grant),
      [grant.sid, grant.sid],
    );
    assert.equal((await fetchCall(app, guest, made.sid)).status, 'completed');
  });

  test('end with its grant, without further callbacks', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/voice': '<Say>Hi</Say><Pause length="600"/>' });
    const { guest, host, revoke } = await aGuest(app, { VoiceUrl: `${asked.origin}/voice` });
    const told = { StatusCallback: `${asked.origin}/status`, StatusCallbackEvent: 'completed' };
    const talking = await aCall(app, guest, { Twiml: LONG, Record: 'true', ...told });
    const coming = await anIncomingCall(app, { to: guest.number });
    await settle(app, 600);
    const queued = await aCall(app, guest, { Twiml: LONG, ...told });
    const hosts = await aCall(app, host, { Twiml: LONG });
    await revoke();
    await settle(app);
    const statuses = [];
    for (const { sid } of [talking, coming, queued, hosts]) {
      statuses.push((await fetchCall(app, host, sid)).status);
    }
    assert.deepEqual(statuses, ['completed', 'completed', 'canceled', 'completed']);
    assert.equal(requestsTo(asked, '/status').length, 0);
    assert.equal(requestsTo(asked, '/voice').length, 1);
    assert.equal((await fetchCall(app, host, hosts.sid)).duration, '601');
    assert.deepEqual(await tasksLeft(app), []);
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});

onEveryEngine('the calls of an account', (engine) => {
  test('go on during a suspension, in which it can make no new calls', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const account = await app.aSubaccount(main);
    const [login, number] = [loginOf(main), await aNumber(app, account, loginOf(account))];
    const caller = { account, login, number, calls: `/2010-04-01/Accounts/${account.sid}/Calls` };
    const running = await aCall(app, caller, { Twiml: LONG });
    await settle(app, 600);
    const change = (Status: string) =>
      app.post(`/2010-04-01/Accounts/${account.sid}.json`, login, { Status });
    assert.equal((await change('suspended')).status, 200);
    const form = { To: 'client:alice', From: 'client:bob', Twiml: LONG };
    const refused = await app.post(`${caller.calls}.json`, login, form);
    assert.ok(refused.status === 403 || refused.status === 401, refused.text);
    await settle(app);
    assert.equal((await fetchCall(app, caller, running.sid)).duration, '601');
  });

  test('are charged and ended when it is closed', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const account = await app.aSubaccount(main);
    const [login, number] = [loginOf(main), await aNumber(app, account, loginOf(account))];
    const caller = { account, login, number, calls: `/2010-04-01/Accounts/${account.sid}/Calls` };
    await aCall(app, caller, { Twiml: LONG });
    await settle(app, 600);
    await aCall(app, caller, { Twiml: LONG });
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    assert.equal((await app.post(path, login, { Status: 'closed' })).status, 200);
    const rows = await app.app.database.db.selectFrom('calls').selectAll().execute();
    assert.deepEqual(rows.map(({ status }) => status).toSorted(), ['canceled', 'completed']);
    assert.ok(rows.some(({ price_micro }) => price_micro !== null));
    assert.deepEqual(await tasksLeft(app), []);
    await settle(app);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('need a balance at or above its floor', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const limits = `/accounts/${caller.account.sid}/limits`;
    const set = await app.control('POST', limits, { balance_floor: '5000' });
    assert.equal(set.status, 200, set.text);
    const form = { To: '+15005551234', From: caller.number, Twiml: LONG };
    const refused = await app.post(`${caller.calls}.json`, caller.login, form);
    assert.deepEqual([refused.status, refused.json.code], [403, 20403]);
  });
});

onEveryEngine('a worker that dies in the midst of a call', (engine) => {
  test('loses nothing, and its acts count once', async () => {
    await using app = await testApp({ engine });
    const hanging = Promise.withResolvers<ReturnType<typeof twiml>>();
    await using asked = await webhookReceiver(({ url }, index) => {
      if (index === 0) return hanging.promise;
      const isFirst = new URL(url).pathname === '/voice';
      return twiml(
        isFirst ? '<Record transcribe="true" action="/after"/>' : '<Message>Hi</Message>',
      );
    });
    const caller = await aCaller(app);
    const { sid } = await aCall(app, caller, { Url: `${asked.origin}/voice`, Record: 'true' });
    app.advance(2_000);
    // The worker requests TwiML, and its process dies before the answer, so its act is not recorded.
    const dying = new TaskWorker(app.app, TASK_HANDLERS);
    void dying.wake();
    await asked.arrived(1);
    assert.equal((await fetchCall(app, caller, sid)).status, 'in-progress');
    await app.deliver();
    assert.equal(asked.received.length, 1);

    app.advanceReal(60_001);
    await settle(app);
    assert.ok(asked.received.length > 1);
    // The dead worker wakes up and finds that another has the call.
    hanging.resolve(twiml('<Dial>+15005559876</Dial>'));
    await dying.workOff();
    await settle(app);
    const call = await fetchCall(app, caller, sid);
    assert.equal(call.status, 'completed');
    const { calls } = (await app.get(`${caller.calls}.json`, caller.login)).json;
    assert.equal(calls.length, 1);
    const usage = await usageOf(app, caller);
    assert.equal(usage['calls-outbound']?.split(' ')[0], '1');
    assert.equal(usage['sms-outbound']?.split(' ')[0], '1');
    assert.equal(usage['calls-recordings']?.split(' ')[0], '2');
    assert.equal(usage['transcriptions']?.split(' ')[0], '1');
    assert.deepEqual(await tasksLeft(app), []);
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
