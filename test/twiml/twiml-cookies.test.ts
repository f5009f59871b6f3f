import assert from 'node:assert/strict';
import { test } from 'node:test';
import { COOKIE_MS } from '../../src/twiml/cookie-jar.ts';
import { forgetCookies } from '../../src/twiml/keep-cookies.ts';
import { aCall, aCaller, settle, twiml } from '../support/calls.ts';
import { aCustomerStory } from '../support/customer-story.ts';
import { aNumber, OURS, pass, receive, THEIRS } from '../support/messages.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { type Received, webhookReceiver } from '../support/webhook-receiver.ts';

/** An application that counts its requests by a cookie alone and says the number. */
function aCounter(inner = '') {
  const seen: number[] = [];
  return webhookReceiver(({ headers }: Received) => {
    const count = Number(/(?:^|; )count=(\d+)/.exec(headers['cookie'] ?? '')?.[1] ?? 0);
    seen.push(count);
    const answer = twiml(inner);
    return {
      ...answer,
      headers: { ...answer.headers, 'set-cookie': `count=${count + 1}; Path=/` },
    };
  }).then((receiver) => ({
    origin: receiver.origin,
    seen,
    [Symbol.asyncDispose]: () => receiver[Symbol.asyncDispose](),
  }));
}

const rowsOf = ({ app }: TestApp) =>
  app.database.db.selectFrom('twiml_cookies').selectAll().execute();

const OTHER = '+14155550142';

onEveryEngine('the cookies of an application', (engine) => {
  test('count the messages of two numbers, for four hours', async () => {
    await using app = await testApp({ engine });
    await using counter = await aCounter();
    const account = await app.anAccount();
    await aNumber(app, account, OURS, { sms_url: `${counter.origin}/sms` });
    for (const from of [THEIRS, THEIRS, OTHER, THEIRS]) {
      await receive(app, { from });
      await pass(app);
    }
    assert.deepEqual(counter.seen, [0, 1, 0, 2]);
    app.advance(COOKIE_MS);
    await receive(app);
    await pass(app);
    assert.equal(counter.seen.at(-1), 0);
    assert.equal((await rowsOf(app)).length, 2);
    app.advance(COOKIE_MS);
    await forgetCookies(app.app);
    assert.deepEqual(await rowsOf(app), []);
  });

  test('last as long as their call', async () => {
    await using app = await testApp({ engine });
    await using counter = await aCounter('<Redirect>/next</Redirect>');
    await using other = await aCounter();
    const caller = await aCaller(app);
    const first = await aCall(app, caller, { Url: `${counter.origin}/voice` });
    await app.deliver();
    await settle(app);
    assert.ok(first.sid);
    assert.ok(counter.seen.length > 3);
    assert.deepEqual(
      counter.seen,
      counter.seen.map((_, at) => at),
    );
    assert.deepEqual(await rowsOf(app), []);
    const before = counter.seen.length;
    await aCall(app, caller, { Url: `${counter.origin}/voice` });
    await settle(app);
    assert.equal(counter.seen[before], 0);
    await aCall(app, caller, { Url: `${other.origin}/voice` });
    await settle(app);
    assert.deepEqual(other.seen, [0]);
  });

  test('are never those of another account with the same number, host and other side', async () => {
    await using app = await testApp({ engine });
    await using counter = await aCounter();
    const first = await app.anAccount();
    const second = await app.anAccount();
    const fields = { sms_url: `${counter.origin}/sms` };
    const number = await aNumber(app, first, OURS, fields);
    await receive(app);
    await pass(app);
    const path = `/2010-04-01/Accounts/${first.sid}/IncomingPhoneNumbers/${number.sid}.json`;
    const released = await app.request('DELETE', path, { login: loginOf(first) });
    assert.equal(released.status, 204);
    await aNumber(app, second, OURS, fields);
    for (let times = 0; times < 2; times += 1) {
      await receive(app);
      await pass(app);
    }
    assert.deepEqual(counter.seen, [0, 0, 1]);
  });

  test('of an app are separate from the customer’s, and end with its grant', async () => {
    await using app = await testApp({ engine });
    await using counter = await aCounter();
    const story = await aCustomerStory(app);
    const { account, login, number: to } = story.app;
    const list = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers`;
    const [{ sid }] = (await app.get(`${list}.json`, login)).json.incoming_phone_numbers;
    const SmsUrl = `${counter.origin}/sms`;
    const write = async () => {
      await receive(app, { to });
      await pass(app);
    };
    assert.equal((await app.post(`${list}/${sid}.json`, login, { SmsUrl })).status, 200);
    await write();
    await write();
    const own = loginOf(story.customer);
    assert.equal((await app.post(`${list}/${sid}.json`, own, { SmsUrl })).status, 200);
    await write();
    assert.deepEqual(counter.seen, [0, 1, 0]);
    const owners = (await rowsOf(app)).map(({ url_by_grant }) => url_by_grant).toSorted();
    assert.deepEqual(owners, ['', story.grant.sid]);
    const revoked = await app.control('POST', '/deauthorize', {
      connect_app_sid: story.connect_app.sid,
      account_sid: story.customer.sid,
    });
    assert.equal(revoked.status, 200, revoked.text);
    assert.deepEqual(
      (await rowsOf(app)).map(({ url_by_grant }) => url_by_grant),
      [''],
    );
  });

  test('go along to redirects and to the fallback of the same host', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using receiver = await webhookReceiver(({ url }) => {
      const { pathname } = new URL(url);
      if (pathname === '/sms') {
        return { status: 302, headers: { location: '/there', 'set-cookie': 'session=1; Path=/' } };
      }
      return pathname === '/there' ? { status: 500 } : twiml('');
    });
    await aNumber(app, account, OURS, {
      sms_url: `${receiver.origin}/sms`,
      sms_fallback_url: `${receiver.origin}/fallback`,
    });
    await receive(app);
    await pass(app);
    assert.deepEqual(
      receiver.received.map(({ headers }) => headers['cookie']),
      [undefined, 'session=1', 'session=1'],
    );
  });
});
