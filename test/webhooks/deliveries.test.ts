import assert from 'node:assert/strict';
import { test } from 'node:test';
import twilio from 'twilio';
import {
  createSecondaryToken,
  promoteSecondaryToken,
} from '../../src/accounts/change-auth-token.ts';
import { JITTER, LONG_SCHEDULE_MS } from '../../src/webhooks/webhook.ts';
import { asSystem, onEveryEngine, testApp } from '../support/test-app.ts';
import { attemptsOf, awaitNext, deliveryOf, enqueue } from '../support/webhook.ts';
import { type Received, webhookReceiver } from '../support/webhook-receiver.ts';

/** Checks the signature as a receiver does with the official SDK. */
function isGenuine(token: string, { url, headers, body }: Received): boolean {
  const signature = headers['x-twilio-signature'] ?? '';
  if (headers['content-type'] === 'application/json') {
    return twilio.validateRequestWithBody(token, signature, url, body);
  }
  return twilio.validateRequest(
    token,
    signature,
    url,
    Object.fromEntries(new URLSearchParams(body)),
  );
}

onEveryEngine('a webhook', (engine) => {
  test('is genuine to the official SDK, as GET, as a form and as JSON', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const account = await app.anAccount();
    const payload = { AccountSid: account.sid, Text: 'ä b&c=1+2', b: '', B: '~*', '1': 'x' };
    const url = `${receiver.origin}/hook?a=1%20x&z=%C3%A4`;
    for (const webhook of [
      { method: 'GET', body_kind: 'form', payload },
      { method: 'POST', body_kind: 'form', payload },
      { method: 'POST', body_kind: 'json', payload: { ...payload, nested: [{ n: 1 }] } },
    ] as const) {
      const sid = await enqueue(app, account, `${url}#ct=3000`, webhook);
      assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
      const request = receiver.received.at(-1) as Received;
      assert.equal(request.method, webhook.method);
      assert.ok(isGenuine(account.auth_token, request), webhook.body_kind);
      assert.ok(!isGenuine('0'.repeat(32), request));
      const { idempotency_token, state, date_next } = await deliveryOf(app, sid);
      assert.equal(request.headers['i-twilio-idempotency-token'], idempotency_token);
      assert.match(request.headers['user-agent'] ?? '', /^TwilioProxy\/1\.1/);
      assert.deepEqual([state, date_next], ['delivered', null]);
      const [attempt] = await attemptsOf(app, sid);
      assert.equal(attempt?.url, request.url);
      assert.ok(attempt?.signed?.startsWith(request.url));
    }
    const [get, form, json] = receiver.received as [Received, Received, Received];
    const { searchParams } = new URL(get.url);
    assert.deepEqual(Object.fromEntries(searchParams), { a: '1 x', z: 'ä', ...payload });
    assert.equal(get.body, '');
    assert.equal(form.url, url);
    assert.deepEqual(Object.fromEntries(new URLSearchParams(form.body)), payload);
    assert.deepEqual(JSON.parse(json.body).nested, [{ n: 1 }]);
    assert.match(json.url, /&bodySHA256=[0-9a-f]{64}$/);
  });

  test('is tried by the schedule to the millisecond until a receiver accepts it', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((_, index) => ({
      status: index < 9 ? 500 : 200,
      body: `answer ${index}\0${'x'.repeat(10_000)}`,
    }));
    const sid = await enqueue(app, await app.anAccount(), `${receiver.origin}/`);
    for (const [index, planned] of LONG_SCHEDULE_MS.entries()) {
      const wait = await awaitNext(app, sid);
      assert.ok(Math.abs(wait - planned) <= planned * JITTER, `${wait} for ${planned}`);
      assert.deepEqual(await app.deliver(), { tried: 1, delivered: index === 9 ? 1 : 0 });
      assert.equal(receiver.received.length, index + 1);
    }
    const delivery = await deliveryOf(app, sid);
    assert.deepEqual([delivery.state, delivery.attempts, delivery.reason], ['delivered', 10, null]);
    const attempts = await attemptsOf(app, sid);
    assert.deepEqual(
      attempts.map(({ number, status }) => [number, status]),
      Array.from({ length: 10 }, (_, index) => [index + 1, index < 9 ? 500 : 200]),
    );
    assert.ok(attempts[0]?.response?.startsWith('answer 0\uFFFDxxx'));
    assert.ok(attempts.every(({ response }) => (response?.length ?? 0) <= 4_096));
    const tokens = receiver.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
    assert.deepEqual(new Set(tokens), new Set([delivery.idempotency_token]));
    app.advance(90 * 86_400_000);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
  });

  test('dies at the end of the schedule, or at once after 410', async () => {
    await using app = await testApp({ engine });
    await using broken = await webhookReceiver(() => ({ status: 503 }));
    await using gone = await webhookReceiver(() => ({ status: 410 }));
    const account = await app.anAccount();
    const exhausted = await enqueue(app, account, broken.origin);
    const refused = await enqueue(app, account, gone.origin);
    await app.deliver();
    for (let left = 9; left > 0; left -= 1) {
      await awaitNext(app, exhausted);
      await app.deliver();
    }
    app.advance(90 * 86_400_000);
    await app.deliver();
    assert.equal(broken.received.length, 10);
    assert.equal(gone.received.length, 1);
    const dead = await deliveryOf(app, exhausted);
    assert.deepEqual([dead.state, dead.date_next], ['dead', null]);
    assert.match(dead.reason ?? '', /last of 10 attempts failed: the receiver answered 503/);
    assert.match((await deliveryOf(app, refused)).reason ?? '', /410 Gone/);
  });

  test('follows no redirect, and waits as long as the receiver asks for', async () => {
    await using app = await testApp({ engine });
    await using elsewhere = await webhookReceiver();
    await using receiver = await webhookReceiver((_, index) =>
      index === 0
        ? { status: 302, headers: { location: `${elsewhere.origin}/` } }
        : { status: index === 1 ? 429 : 204, headers: { 'retry-after': '1800' } },
    );
    const sid = await enqueue(app, await app.anAccount(), `${receiver.origin}/`);
    await app.deliver();
    await awaitNext(app, sid);
    await app.deliver();
    // By the schedule the attempt would come in five minutes.
    assert.equal(await awaitNext(app, sid), 1_800_000);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
    assert.equal(elsewhere.received.length, 0);
    const statuses = (await attemptsOf(app, sid)).map(({ status }) => status);
    assert.deepEqual(statuses, [302, 429, 204]);
  });

  test('is signed with the token that is primary at its sending', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((_, index) => ({
      status: index === 0 ? 500 : 200,
    }));
    const account = await app.anAccount();
    const sid = await enqueue(app, account, `${receiver.origin}/`);
    await app.deliver();
    const token = await asSystem(app, async (doing) => {
      const created = await createSecondaryToken(doing, account);
      await promoteSecondaryToken(doing, account);
      return created;
    });
    await awaitNext(app, sid);
    await app.deliver();
    const [before, after] = receiver.received as [Received, Received];
    assert.ok(isGenuine(account.auth_token, before));
    assert.ok(isGenuine(token, after));
    assert.ok(!isGenuine(account.auth_token, after));
  });

  test('to a callback is retried as its URL says, with the password on request only', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await using receiver = await webhookReceiver((request) => {
      const { authorization } = request.headers;
      if (authorization === undefined) {
        return { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } };
      }
      return { status: 503 };
    });
    const { host } = new URL(receiver.origin);
    const url = `http://user:CANARY-secret@${host}/a#rc=2&rp=5xx`;
    const sid = await enqueue(app, account, url, { retry: 'callback' });
    assert.deepEqual(await app.deliver(), { tried: 3, delivered: 0 });
    assert.equal(receiver.received.length, 6);
    assert.equal((await deliveryOf(app, sid)).state, 'dead');
    const { json, text } = await app.control('GET', `/deliveries?account_sid=${account.sid}`);
    assert.equal(json.deliveries[0].url, `http://user@${host}/a#rc=2&rp=5xx`);
    assert.equal(json.deliveries[0].attempts.length, 3);
    assert.ok(!text.includes('CANARY'));
    assert.ok(!app.logLines.join('').includes('CANARY'));
  });

  test('goes to no forbidden address, and says so', async () => {
    await using app = await testApp({ engine, resolve: async () => ['10.0.0.1'] });
    const sid = await enqueue(app, await app.anAccount(), 'http://internal.example.com/');
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 0 });
    const [attempt] = await attemptsOf(app, sid);
    assert.match(attempt?.error ?? '', /internal\.example\.com leads to a forbidden address/);
    assert.deepEqual([attempt?.status, attempt?.signed], [null, null]);
    assert.equal((await deliveryOf(app, sid)).state, 'pending');
  });
});
