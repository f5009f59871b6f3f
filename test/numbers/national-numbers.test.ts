import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCallee,
  aCaller,
  aFinishedIncoming,
  aNumber,
  anApplication,
  anIncomingCall,
  fetchCall,
  requestsTo,
  settle,
} from '../support/calls.ts';
import { receive } from '../support/messages.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const TWIML = '<Response><Say>Hello</Say></Response>';
/** A British number, in E.164 and in national form. */
const BRITISH = ['+442079460958', '020 7946 0958'] as const;
const AMERICAN = ['+14155550199', '(415) 555-0199'] as const;

/** Accounts with a number of one country, and one with numbers of both. */
async function accounts(app: TestApp) {
  const american = await aCaller(app, { PhoneNumber: '+14153332010' });
  const british = await aCaller(app, { PhoneNumber: '+447400200010' });
  const both = await aCaller(app, { PhoneNumber: '+14153332011' });
  const second = { PhoneNumber: '+447400200011' };
  const number = await aNumber(app, both.account, both.login, second);
  return [
    { ...american, own: '415-333-2010', other: AMERICAN, isBoth: false },
    { ...british, own: '07400 200010', other: BRITISH, isBoth: false },
    { ...both, own: '415-333-2011', other: AMERICAN, isBoth: true },
    { ...both, number, own: '07400 200011', other: BRITISH, isBoth: true },
  ];
}

onEveryEngine('a number in national form', (engine) => {
  test('is of the country of the number that calls or sends', async () => {
    await using app = await testApp({ engine });
    for (const { account, login, number, own, other, isBoth } of await accounts(app)) {
      const [To, written] = other;
      for (const [kind, rest] of [
        ['Calls', { Twiml: TWIML }],
        ['Messages', { Body: 'Hello' }],
      ] as const) {
        const path = `/2010-04-01/Accounts/${account.sid}/${kind}.json`;
        for (const From of [number, own]) {
          const made = await app.post(path, login, { To: written, From, ...rest });
          assert.equal(made.status, 201, made.text);
          assert.deepEqual([made.json.to, made.json.from], [To, number]);
        }
        if (isBoth) continue;
        const found = async (query: Record<string, string>) => {
          const { json } = await app.get(`${path}?${new URLSearchParams(query).toString()}`, login);
          return json[kind.toLowerCase()].length;
        };
        assert.equal(await found({ To: written }), 2);
        assert.equal(await found({ From: own, To: written }), 2);
        assert.equal(await found({ From: written }), 0);
      }
    }
  });

  test('is American without a number that names a country', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const path = `/2010-04-01/Accounts/${account.sid}`;
    const call = { To: '415-555-0199', From: 'client:alice', Twiml: TWIML };
    const refused = await app.post(`${path}/Calls.json`, login, call);
    assert.equal(refused.json.code, 21212, 'a client calls no number');
    const from = { To: 'client:alice', From: '415-555-0199', Twiml: TWIML };
    const unowned = await app.post(`${path}/Calls.json`, login, from);
    assert.equal(unowned.json.code, 21210);
    assert.match(unowned.json.message, /\+14155550199/);
    const bought = await app.post(`${path}/IncomingPhoneNumbers.json`, login, {
      PhoneNumber: '(415) 333-2010',
    });
    assert.equal(bought.json.phone_number, '+14153332010', bought.text);
    const listed = async (part: string) => {
      const query = new URLSearchParams({ PhoneNumber: part }).toString();
      const { json } = await app.get(`${path}/IncomingPhoneNumbers.json?${query}`, login);
      return json.incoming_phone_numbers.length;
    };
    assert.deepEqual([await listed('(415) 333-2010'), await listed('415-334')], [1, 0]);
    const test = (await app.control('POST', '/accounts', { friendly_name: 'Test' })).json;
    const pretended = await app.post(
      `/2010-04-01/Accounts/${test.test_account_sid}/Messages.json`,
      { username: test.test_account_sid, password: test.test_auth_token },
      { To: '415-555-0199', From: '(500) 555-0006', Body: 'Hello' },
    );
    assert.deepEqual(
      [pretended.json.to, pretended.json.from],
      ['+14155550199', '+15005550006'],
      pretended.text,
    );
  });

  test('is of the country of the number that runs TwiML', async () => {
    await using app = await testApp({ engine });
    for (const [own, [number, written]] of [
      ['+14153332010', AMERICAN],
      ['+447400200010', BRITISH],
    ] as const) {
      await using asked = await anApplication({
        '/voice': `<Dial>${written}</Dial><Sms to="${written}">In a call</Sms>
          <Dial callerId="${own}"><Number>${written}</Number></Dial>`,
        '/sms': `<Message to="${written}">Forwarded</Message>`,
      });
      const callee = await aCallee(app, asked.origin, {
        PhoneNumber: own,
        SmsUrl: `${asked.origin}/sms`,
      });
      await aFinishedIncoming(app, callee);
      await receive(app, { to: own, from: '+15005559876' });
      await settle(app);
      const { calls } = (
        await app.get(`${callee.calls}.json?To=${encodeURIComponent(number)}`, callee.login)
      ).json;
      assert.equal(calls.length, 2);
      const path = callee.calls.replace(/Calls$/, 'Messages');
      const { messages } = (
        await app.get(`${path}.json?To=${encodeURIComponent(number)}`, callee.login)
      ).json;
      assert.deepEqual(messages.map(({ body }: { body: string }) => body).toSorted(), [
        'Forwarded',
        'In a call',
      ]);
    }
  });

  test('can be the shown number of a Dial when the account holds it', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice': '<Dial callerId="(415) 333-2011">415-555-0199</Dial>',
    });
    const callee = await aCallee(app, asked.origin, { PhoneNumber: '+14153332010' });
    await aNumber(app, callee.account, callee.login, { PhoneNumber: '+14153332011' });
    const { sid } = await anIncomingCall(app, { to: '(415) 333-2010', from: '(415) 555-0123' });
    await settle(app);
    const call = await fetchCall(app, callee, sid);
    assert.deepEqual([call.to, call.from], ['+14153332010', '+14155550123']);
    const query = new URLSearchParams({ From: '415-333-2011' }).toString();
    const { calls } = (await app.get(`${callee.calls}.json?${query}`, callee.login)).json;
    assert.deepEqual(
      calls.map(({ to }: { to: string }) => to),
      ['+14155550199'],
    );
    assert.equal(requestsTo(asked, '/voice').length, 1);
  });
});

onEveryEngine('a call', (engine) => {
  test('may go to its own number', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({ '/voice': '<Say>Hello</Say>' });
    const callee = await aCallee(app, asked.origin);
    const { number: To, calls, login } = callee;
    const made = await app.post(`${calls}.json`, login, { To, From: To, Twiml: TWIML });
    assert.equal(made.status, 201, made.text);
    await settle(app);
    assert.equal((await fetchCall(app, callee, made.json.sid)).status, 'completed');
    const incoming = await aFinishedIncoming(app, callee, { from: To });
    assert.equal(incoming.status, 'completed');
  });
});
