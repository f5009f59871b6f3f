import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listOpenCallbacks } from '../../src/console/apps/connect-app-customer-store.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { awaitNext, deliveryOf, enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const FIRST_PAGE = { page: 0, page_size: 50, from: null };

onEveryEngine('the list of deliveries', (engine) => {
  test('shows past and waiting webhooks, filtered, newest first', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(({ url }) => ({
      status: url.endsWith('/bad') ? 410 : 200,
      body: 'thanks',
    }));
    const account = await app.anAccount();
    const other = await app.anAccount();
    const good = await enqueue(app, account, `${receiver.origin}/good`);
    app.advance(1_000);
    const bad = await enqueue(app, other, `${receiver.origin}/bad`);
    await app.deliver();
    app.advance(1_000);
    const waiting = await enqueue(app, account, `${receiver.origin}/good`, { method: 'GET' });

    const list = async (query = '') => {
      const { json } = await app.control('GET', `/deliveries${query}`);
      return json.deliveries.map(({ id }: { id: string }) => id);
    };
    assert.deepEqual(await list(), [waiting, bad, good]);
    assert.deepEqual(await list(`?account_sid=${account.sid}`), [waiting, good]);
    assert.deepEqual(await list('?state=dead'), [bad]);
    assert.deepEqual(await list(`?state=delivered&url=${receiver.origin}/good`), [good]);
    assert.deepEqual(await list(`?url=${receiver.origin}/g`), [waiting, good]);
    assert.deepEqual(await list(`?url=${receiver.origin}/%25`), []);

    const { json } = await app.control('GET', `/deliveries?account_sid=${account.sid}`);
    const { idempotency_token } = await deliveryOf(app, good);
    const [{ duration_ms }] = json.deliveries[1].attempts;
    assert.deepEqual(json.deliveries[1], {
      id: good,
      account_sid: account.sid,
      connect_app_sid: null,
      kind: 'deauthorize',
      url: `${receiver.origin}/good`,
      method: 'POST',
      state: 'delivered',
      reason: null,
      idempotency_token,
      date_created: '2026-03-18T23:31:36Z',
      date_next: null,
      parameters: { AccountSid: account.sid },
      attempts: [
        {
          number: 1,
          date: '2026-03-18T23:31:37Z',
          url: `${receiver.origin}/good`,
          signed: `${receiver.origin}/goodAccountSid${account.sid}`,
          status: 200,
          error: null,
          response: 'thanks',
          duration_ms,
        },
      ],
    });
    assert.equal(json.deliveries[0].date_next, '2026-03-18T23:31:38Z');
    assert.deepEqual(json.deliveries[0].attempts, []);

    for (const [query, error] of [
      ['?state=lost', /state must be one of pending, leased, delivered, dead, cancelled\./],
      ['?account_sid=x', /account_sid must be a SID/],
      ['?limit=5', /does not take "limit"/],
      ['?state=dead&state=dead', /state may be given only once/],
      [`?url=${'x'.repeat(3_000)}`, /url must be at most/],
      ['?url=%00', /url must not hold control characters/],
    ] as const) {
      const reply = await app.control('GET', `/deliveries${query}`);
      assert.equal(reply.status, 400, query);
      assert.match(reply.json.error, error);
    }
  });

  test('shows the owner of an app the last attempt of each', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((_, index) => ({ status: 500 + index }));
    const owner = await app.anAccount();
    const connect_app_sid = (await app.aConnectApp(owner)).sid;
    const tried = await enqueue(app, owner, receiver.origin, { connect_app_sid });
    await app.deliver();
    await awaitNext(app, tried);
    await app.deliver();
    app.advance(1);
    const fresh = await enqueue(app, owner, receiver.origin, { connect_app_sid });
    await enqueue(app, owner, receiver.origin);
    const { db } = app.app.database;
    const { rows } = await listOpenCallbacks(db, connect_app_sid, FIRST_PAGE);
    assert.deepEqual(
      rows.map(({ sid, last }) => [sid, last?.number]),
      [
        [fresh, undefined],
        [tried, 2],
      ],
    );
  });
});

onEveryEngine('a replay', (engine) => {
  test('sends the same delivery with a new schedule, and is in the audit log', async () => {
    await using app = await testApp({ engine });
    const answers = [410, 500, 500, 200];
    await using receiver = await webhookReceiver((_, index) => ({ status: answers[index] ?? 200 }));
    const account = await app.anAccount();
    const sid = await enqueue(app, account, receiver.origin);
    await app.deliver();
    assert.equal((await deliveryOf(app, sid)).state, 'dead');

    const replay = () => app.control('POST', `/deliveries/${sid}/replay`);
    const { status, json } = await replay();
    assert.deepEqual([status, json.id, json.state, json.reason], [200, sid, 'pending', null]);
    assert.equal(json.attempts.length, 1);
    await app.deliver();
    // The next attempt is in five seconds, as after a first attempt, because a replay counts as one.
    assert.ok((await deliveryOf(app, sid)).date_next! - app.app.now() <= 6_000);
    await replay();
    await app.deliver();
    assert.equal(receiver.received.length, 3);
    await awaitNext(app, sid);
    await app.deliver();
    app.advance(90 * 86_400_000);
    await app.deliver();
    assert.equal(receiver.received.length, 4);
    const delivery = await deliveryOf(app, sid);
    assert.deepEqual([delivery.state, delivery.attempts, delivery.tries], ['delivered', 4, 2]);
    const tokens = receiver.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
    assert.deepEqual(new Set(tokens), new Set([delivery.idempotency_token]));
    const events = await listAuditEvents(app.app.database.db, account.sid, 100);
    const replays = events.filter(({ action }) => action === 'delivery.replayed');
    assert.deepEqual(
      replays.map(({ target_sid, actor_kind }) => [target_sid, actor_kind]),
      [
        [sid, 'operator'],
        [sid, 'operator'],
      ],
    );
  });

  test('of an unknown delivery is refused in a sentence', async () => {
    await using app = await testApp({ engine });
    const unknown = `DL${'0'.repeat(32)}`;
    const reply = await app.control('POST', `/deliveries/${unknown}/replay`);
    assert.equal(reply.status, 404);
    assert.deepEqual(reply.json, { error: `There is no delivery ${unknown}.` });
  });
});
