import assert from 'node:assert/strict';
import { test } from 'node:test';
import { requestOf } from '../../src/carriers/sip-trunk/call-request.ts';
import { aCall, aCaller, fetchCall, settle } from '../support/calls.ts';
import { aNumber, assertCode, post, read } from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { testLoginOf } from '../support/test-login.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { SECRET, TOKEN, useCarriers } from './carrier-kinds.ts';

const BERLIN = '+493012345678';
const NEW_YORK = '+12125550100';

onEveryEngine('a route for the emergency numbers of a country', (engine) => {
  test('takes messages from numbers of that country to those numbers, and nothing else', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account, BERLIN);
    await aNumber(app, account, NEW_YORK);
    await using far = await webhookReceiver(() => ({ status: 202 }));
    useCarriers(
      app,
      `
carriers: { far: { kind: http, url: "${far.origin}", secret: env:SECRET, events_token: env:TOKEN } }
routes: { messages: [{ emergency: DE, by: far }], default: simulated }
`,
      { SECRET, TOKEN },
    );
    for (const [From, To] of [
      [NEW_YORK, '112'],
      [BERLIN, '911'],
      [BERLIN, 'whatsapp:112'],
    ] as const) {
      const refused = await post(app, account, { From, To });
      assertCode(refused, 400, 21211);
    }
    const sent = await post(app, account, { From: BERLIN, To: '1-1-2', Body: 'Fire' });
    assert.equal(sent.status, 201, sent.text);
    assert.equal(sent.json.to, '112');
    const ordinary = await post(app, account, { From: BERLIN, To: '+493087654321' });
    await app.deliver();
    assert.deepEqual(
      far.received.map(({ body }) => JSON.parse(body).to),
      ['112'],
    );
    assert.equal((await read(app, account, sent.json.sid)).status, 'sent');
    assert.notEqual((await read(app, account, ordinary.json.sid)).status, 'queued');
  });

  test('takes calls, also those of a Dial, and the dry run says why', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    useCarriers(app, 'routes: { calls: [{ emergency: US, by: simulated }] }\n');
    const Twiml = `<Response><Dial callerId="${caller.number}">911</Dial></Response>`;
    const { sid, to } = await aCall(app, caller, { To: '911', Twiml });
    assert.equal(to, '911');
    await settle(app);
    assert.equal((await fetchCall(app, caller, sid)).status, 'completed');
    const list = await app.get(`${caller.calls}.json?ParentCallSid=${sid}`, caller.login);
    assert.deepEqual(
      list.json.calls.map((one: { to: string; status: string }) => [one.to, one.status]),
      [['911', 'completed']],
    );
    const route = await app.control('GET', `/route?to=911&from=%2B14155550100`);
    const [calls, messages] = route.json.targets;
    assert.match(calls.because, /^routes\.calls\[0\] \(emergency 911, from \+1\)$/);
    assert.equal(messages.target, null);
    assert.match(messages.because, /^911 is an emergency number, and no route with emergency/);
  });

  test('does not hold for test credentials', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    useCarriers(
      app,
      'routes: { calls: [{ emergency: US, by: simulated }], messages: [{ emergency: US, by: simulated }] }\n',
    );
    const login = await testLoginOf(app, account);
    const form = { From: '+15005550006', To: '911' };
    const path = (list: string) => `/2010-04-01/Accounts/${login.username}/${list}.json`;
    assertCode(await app.post(path('Messages'), login, { ...form, Body: 'Fire' }), 400, 21211);
    const Twiml = '<Response/>';
    assertCode(await app.post(path('Calls'), login, { ...form, Twiml }), 400, 21202);
  });
});

test('a call to an emergency number asks the proxy for that number', () => {
  const wanted = { to: '112', from: BERLIN, call_sid: 'CA1', account_sid: 'AC1' };
  const { uri } = requestOf(
    wanted as Parameters<typeof requestOf>[0],
    'sip:proxy.example.com',
    'x',
  );
  assert.equal(uri, 'sip:112@proxy.example.com');
});
