import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import { readConfig } from '../../src/config.ts';
import { messagesOf, THEIRS } from '../support/messages.ts';
import {
  connectLogin,
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  testApp,
} from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const PRODUCTION = {
  ...readConfig({ port: '0', data: ':memory:' }, {}),
  mode: 'production',
} as const;
const DESK = { authorization: `Bearer ${'x'.repeat(32)}` };

onEveryEngine('the fixed data of a test', (engine) => {
  test('can have any number, also one outside of all plans, with any SID', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const [account, other] = [await app.anAccount(), await app.anAccount()];
    const sid = `PN${'1'.repeat(32)}`;
    const give = (body: object) =>
      app.control('POST', '/phone_numbers', { account_sid: account.sid, ...body });
    const film = await give({
      phone_number: '+15555550100',
      sid,
      sms_url: `${receiver.origin}/sms`,
    });
    assert.equal(film.status, 201, film.text);
    assert.deepEqual(
      [film.json.sid, film.json.phone_number, film.json.sms_url],
      [sid, '+15555550100', `${receiver.origin}/sms`],
    );
    const login = loginOf(account);
    const path = `/2010-04-01/Accounts/${account.sid}`;
    assert.equal((await app.get(`${path}/IncomingPhoneNumbers/${sid}.json`, login)).status, 200);
    const form = { To: THEIRS, From: '(555) 555-0100', Body: 'Hello' };
    const sent = await app.post(`${messagesOf(account)}.json`, login, form);
    assert.equal(sent.json.from, '+15555550100', sent.text);
    for (const phone_number of ['+33199001234', '+6421123456', '(415) 555-0142']) {
      assert.equal((await give({ phone_number })).status, 201, phone_number);
    }
    const usage = `${path}/Usage/Records.json?Category=phonenumbers`;
    assert.equal((await app.get(usage, login)).json.usage_records[0].count, '4');

    for (const [body, status, message] of [
      [{ phone_number: '+15555550100' }, 409, /^The account AC\w+ holds \+15555550100 already/],
      [{ phone_number: '+15555550101', sid }, 409, /^There is a phone number PN1+ already/],
      [{ phone_number: 'nobody' }, 400, /^phone_number must be a phone number/],
      [{ phone_number: 5 }, 400, /^phone_number must be a phone number/],
      [{ phone_number: '+15555550102', sms_url: 'nowhere' }, 400, /^sms_url must be an absolute/],
      [{ phone_number: '+15555550102', account_sid: `AC${'f'.repeat(32)}` }, 404, /no account/],
    ] as const) {
      const refused = await give({ account_sid: other.sid, ...body });
      assert.equal(refused.status, status, refused.text);
      assert.match(refused.json.error, message);
    }
  });

  test('can have any printable auth token, which signs and authenticates', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    for (const auth_token of [
      'a',
      'token:with:colons',
      'one with spaces ',
      '"quoted" \\ ~!@#',
      'x'.repeat(64),
    ]) {
      const made = await app.control('POST', '/accounts', { friendly_name: 'Fixed', auth_token });
      assert.equal(made.status, 201, made.text);
      assert.equal(made.json.auth_token, auth_token);
      const login = { username: made.json.sid, password: auth_token };
      const account = `/2010-04-01/Accounts/${made.json.sid}.json`;
      assert.equal((await app.get(account, login)).json.auth_token, auth_token);
      const wrong = { ...login, password: `${auth_token}x` };
      assert.equal((await app.get(account, wrong)).status, 401);
      const StatusCallback = `${receiver.origin}/status`;
      const form = { To: THEIRS, From: 'ACME', Body: 'Hello', StatusCallback };
      await app.post(`/2010-04-01/Accounts/${made.json.sid}/Messages.json`, login, form);
      await app.deliver();
      const told = receiver.received.at(-1);
      assert.ok(told);
      const signature = told.headers['x-twilio-signature'] ?? '';
      const parameters = Object.fromEntries(new URLSearchParams(told.body));
      assert.ok(twilio.validateRequest(auth_token, signature, told.url, parameters), auth_token);
    }
    for (const auth_token of ['', 'x'.repeat(65), 'é', 'a\nb', 5]) {
      const refused = await app.control('POST', '/accounts', {
        friendly_name: 'Fixed',
        auth_token,
      });
      assert.equal(refused.status, 400, refused.text);
      assert.equal(refused.json.error, 'auth_token must be 1 to 64 printable characters of ASCII.');
    }
  });

  test('can have in production a token for every SDK, and no number', async () => {
    const config = { ...PRODUCTION, adminToken: 'x'.repeat(32) };
    await using app = await testApp({ engine, config });
    const post = (path: string, body: object) =>
      app.request('POST', `/_tieline${path}`, { headers: DESK, body });
    const short = await post('/accounts', { friendly_name: 'Fixed', auth_token: 'short' });
    assert.equal(short.status, 400, short.text);
    assert.equal(short.json.error, 'auth_token must be 32 letters and digits.');
    const made = await post('/accounts', { friendly_name: 'Fixed', auth_token: 'a'.repeat(32) });
    assert.equal(made.status, 201, made.text);
    const number = { account_sid: made.json.sid, phone_number: '+15555550100' };
    assert.equal((await post('/phone_numbers', number)).status, 404);
    assert.equal((await app.request('GET', '/_tieline/accounts', {})).status, 401);
    const listed = await app.request('GET', '/_tieline/accounts', { headers: DESK });
    assert.deepEqual(
      listed.json.accounts.map(({ sid }: { sid: string }) => sid),
      [made.json.sid],
    );
  });
});

onEveryEngine('the list of accounts', (engine) => {
  test('has all accounts with their tokens, newest first, or those of one main account', async () => {
    await using app = await testApp({ engine });
    const developer = await app.anAccount({ friendly_name: 'Developer' });
    app.advance(1_000);
    const customer = await app.anAccount({ friendly_name: 'Customer' });
    app.advance(1_000);
    const grant = await app.aGrant(await app.aConnectApp(developer), customer);
    const list = async (query = '') => {
      const { status, json, text } = await app.control('GET', `/accounts${query}`);
      assert.equal(status, 200, text);
      return json.accounts;
    };
    const sids = (accounts: readonly { sid: string }[]) => accounts.map(({ sid }) => sid);
    const all = await list();
    assert.deepEqual(sids(all), [grant.subaccount_sid, customer.sid, developer.sid]);
    assert.equal(
      all[2].date_created,
      new Date(START_OF_TIME).toUTCString().replace('GMT', '+0000'),
    );
    for (const { sid, auth_token } of all) {
      const login = { username: sid, password: auth_token };
      assert.equal((await app.get(`/2010-04-01/Accounts/${sid}.json`, login)).status, 200);
    }
    assert.equal(
      (
        await app.get(
          `/2010-04-01/Accounts/${grant.subaccount_sid}.json`,
          connectLogin(grant, developer),
        )
      ).status,
      200,
    );
    const family = await list(`?owner_account_sid=${customer.sid}`);
    assert.deepEqual(sids(family), [grant.subaccount_sid, customer.sid]);
    assert.deepEqual(await list(`?owner_account_sid=AC${'f'.repeat(32)}`), []);
    const bad = await app.control('GET', '/accounts?owner_account_sid=me');
    assert.equal(bad.status, 400);
  });
});
