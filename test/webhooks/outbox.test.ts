import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { claimDeliveries } from '../../src/webhooks/claim-deliveries.ts';
import { DeliveryWorker } from '../../src/webhooks/deliver-webhooks.ts';
import { listDeliveries } from '../../src/webhooks/delivery-store.ts';
import {
  Destinations,
  FAILURES_TO_OPEN,
  MAX_PER_HOST,
  OPEN_MS,
} from '../../src/webhooks/destinations.ts';
import { enqueueWebhook } from '../../src/webhooks/enqueue-webhook.ts';
import { pruneDeliveries } from '../../src/webhooks/prune-deliveries.ts';
import { LEASE_MS } from '../../src/webhooks/webhook.ts';
import { asSystem, ENGINES, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { attemptsOf, deliveryOf, enqueue } from '../support/webhook.ts';
import { type Answer, webhookReceiver } from '../support/webhook-receiver.ts';

const OK: Answer = { status: 200 };
const DAY = 86_400_000;

/** Claims due webhooks as a worker would, and then does nothing. */
function claimAndDie(app: App) {
  const destinations = new Destinations();
  return claimDeliveries(app, { room: 10, cursor: '', destinations, isUnderWay: () => false });
}

/** Lets time pass without a move of the development clock. */
function pass(app: TestApp, ms: number): void {
  app.advance(ms);
  app.advanceReal(ms);
}

onEveryEngine('the outbox', (engine) => {
  test('holds webhooks of committed changes only', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const account = await app.anAccount();
    const deed = asSystem(app, async (doing) => {
      await enqueueWebhook(doing, {
        account_sid: account.sid,
        root_sid: account.sid,
        signing_account_sid: account.sid,
        kind: 'deauthorize',
        url: receiver.origin,
        method: 'POST',
        body_kind: 'form',
        payload: {},
        retry: 'long',
      });
      throw new Error('this deed fails');
    });
    await assert.rejects(deed, /this deed fails/);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    assert.deepEqual(await listDeliveries(app.app.database.db, {}, 10), []);
  });

  test('sends webhooks of a dead worker again after a minute', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const sid = await enqueue(app, await app.anAccount(), receiver.origin);
    const { deliveries } = await claimAndDie(app.app);
    assert.deepEqual(
      deliveries.map((delivery) => [delivery.sid, delivery.state]),
      [[sid, 'leased']],
    );
    pass(app, LEASE_MS - 1);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    pass(app, 1);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
    const { state, attempts, lease } = await deliveryOf(app, sid);
    assert.deepEqual([state, attempts, lease], ['delivered', 2, null]);
  });

  test('lets a late worker change only its own attempt', async () => {
    await using app = await testApp({ engine });
    const answer = Promise.withResolvers<Answer>();
    await using receiver = await webhookReceiver((_, index) => (index === 0 ? answer.promise : OK));
    const sid = await enqueue(app, await app.anAccount(), receiver.origin);
    const slow = new DeliveryWorker(app.app);
    const slowEnds = slow.deliverDue();
    await receiver.arrived(1);
    pass(app, LEASE_MS);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
    const delivered = await deliveryOf(app, sid);
    answer.resolve({ status: 500 });
    assert.deepEqual(await slowEnds, { tried: 1, delivered: 0 });
    assert.deepEqual(await deliveryOf(app, sid), delivered);
    assert.equal(delivered.state, 'delivered');
    const attempts = await attemptsOf(app, sid);
    assert.deepEqual(
      attempts.map(({ number, status }) => [number, status]),
      [
        [1, 500],
        [2, 200],
      ],
    );
    await slow.stop();
  });

  test('does not send a webhook twice at the same time when it outlasts its lease', async () => {
    await using app = await testApp({ engine });
    const answer = Promise.withResolvers<Answer>();
    await using receiver = await webhookReceiver(() => answer.promise);
    await enqueue(app, await app.anAccount(), receiver.origin);
    const delivering = app.deliver();
    await receiver.arrived(1);
    pass(app, LEASE_MS);
    const meanwhile = app.deliver();
    await app.anAccount();
    assert.equal(receiver.received.length, 1);
    answer.resolve(OK);
    await Promise.all([delivering, meanwhile]);
    assert.equal(receiver.received.length, 1);
  });

  test('is not sent by another worker when the clock moves during a slow answer', async () => {
    await using app = await testApp({ engine });
    const answer = Promise.withResolvers<Answer>();
    await using receiver = await webhookReceiver(() => answer.promise);
    const sid = await enqueue(app, await app.anAccount(), receiver.origin);
    const slow = new DeliveryWorker(app.app);
    const delivering = slow.deliverDue();
    await receiver.arrived(1);
    app.advance(DAY);
    const others = [new DeliveryWorker(app.app), new DeliveryWorker(app.app)];
    for (const other of others) {
      assert.deepEqual(await other.deliverDue(), { tried: 0, delivered: 0 });
    }
    assert.equal((await deliveryOf(app, sid)).state, 'leased');
    answer.resolve(OK);
    assert.deepEqual(await delivering, { tried: 1, delivered: 1 });
    assert.equal(receiver.received.length, 1);
    const { state, attempts } = await deliveryOf(app, sid);
    assert.deepEqual([state, attempts], ['delivered', 1]);
    await Promise.all([slow, ...others].map((worker) => worker.stop()));
  });

  test('has four requests under way to a host, and a hanging host delays no other', async () => {
    await using app = await testApp({ engine });
    const answer = Promise.withResolvers<Answer>();
    await using hanging = await webhookReceiver(() => answer.promise);
    await using good = await webhookReceiver();
    const account = await app.anAccount();
    for (let count = 0; count < 12; count += 1) await enqueue(app, account, hanging.origin);
    for (let count = 0; count < 12; count += 1) await enqueue(app, account, good.origin);
    const delivering = app.deliver();
    await Promise.all([good.arrived(12), hanging.arrived(MAX_PER_HOST)]);
    assert.equal(hanging.received.length, MAX_PER_HOST);
    answer.resolve(OK);
    assert.deepEqual(await delivering, { tried: 24, delivered: 24 });
    assert.equal(hanging.mostAtOnce(), MAX_PER_HOST);
    assert.ok(good.mostAtOnce() <= MAX_PER_HOST);
  });

  test('serves hosts in turn, in any number and after any wait', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    // These hosts have no servers. Only the claimed hosts count.
    const hosts = Array.from({ length: 120 }, (_, index) => `http://127.0.0.1:${20_000 + index}/`);
    for (const url of hosts) {
      for (let count = 0; count < 2; count += 1) await enqueue(app, account, url);
    }
    const isUnderWay = () => false;
    const destinations = new Destinations();
    const served: string[] = [];
    for (let cursor = '', round = 0; round < 24; round += 1) {
      const claim = await claimDeliveries(app.app, { room: 10, cursor, destinations, isUnderWay });
      cursor = claim.cursor;
      assert.equal(claim.deliveries.length, 10);
      served.push(...new Set(claim.deliveries.map(({ host }) => host)));
    }
    assert.deepEqual([served.length, new Set(served).size], [120, 120]);

    // A host with many webhooks waits until the others have had their turn.
    const [busy = '', ...others] = hosts.slice(0, 3).map((url) => new URL(url).host);
    for (let count = 0; count < 9; count += 1) await enqueue(app, account, `http://${busy}/`);
    for (const host of others) await enqueue(app, account, `http://${host}/`);
    const turns: string[] = [];
    for (let cursor = '', round = 0; round < 4; round += 1) {
      const room = round === 1 ? 2 : MAX_PER_HOST;
      const claim = await claimDeliveries(app.app, { room, cursor, destinations, isUnderWay });
      cursor = claim.cursor;
      turns.push(claim.deliveries.map(({ host }) => host).join());
    }
    const four = Array(MAX_PER_HOST).fill(busy).join();
    assert.deepEqual(turns, [four, others.join(), four, busy]);
  });

  test('pauses for a host for half a minute after ten failures, and then tries once', async () => {
    await using app = await testApp({ engine });
    let status = 500;
    await using broken = await webhookReceiver(() => ({ status }));
    await using good = await webhookReceiver();
    const account = await app.anAccount();
    for (let count = 0; count < 30; count += 1) await enqueue(app, account, broken.origin);
    await app.deliver();
    const tried = broken.received.length;
    assert.ok(tried >= FAILURES_TO_OPEN && tried < FAILURES_TO_OPEN + MAX_PER_HOST);
    app.advanceReal(OPEN_MS - 1);
    await enqueue(app, account, good.origin);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
    app.advance(DAY);
    assert.deepEqual(
      await app.deliver(),
      { tried: 0, delivered: 0 },
      'at any time of the product’s clock',
    );
    app.advanceReal(1);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 0 });
    app.advanceReal(OPEN_MS - 1);
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    app.advance(DAY);
    app.advanceReal(1);
    status = 200;
    assert.deepEqual(await app.deliver(), { tried: 30, delivered: 30 });
    assert.deepEqual(await listDeliveries(app.app.database.db, { state: 'pending' }, 1), []);
  });

  test('forgets webhooks that ended long ago, and keeps dead ones for longer', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(({ url }) => ({
      status: { '/dead': 410, '/waiting': 500 }[new URL(url).pathname] ?? 200,
    }));
    const account = await app.anAccount();
    const [delivered, dead, waiting] = [
      await enqueue(app, account, `${receiver.origin}/delivered`),
      await enqueue(app, account, `${receiver.origin}/dead`),
      await enqueue(app, account, `${receiver.origin}/waiting`),
    ];
    await app.deliver();
    const left = async () => {
      await pruneDeliveries(app.app);
      const found = await listDeliveries(app.app.database.db, {}, 10);
      return found.map(({ sid }) => sid);
    };
    app.advance(30 * DAY);
    assert.deepEqual(await left(), [waiting, dead, delivered]);
    app.advance(1);
    assert.deepEqual(await left(), [waiting, dead]);
    assert.deepEqual(await attemptsOf(app, delivered), []);
    app.advance(60 * DAY);
    assert.deepEqual(await left(), [waiting]);
    assert.equal((await attemptsOf(app, waiting)).length, 1);
  });
});

if (ENGINES.includes('postgres')) {
  test('two processes on one database send each webhook once', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const { config, log, now, realNow } = app.app;
    const other = await openApp(config, { log, now, realNow });
    const workers = [app.app, app.app, other, other].map((one) => new DeliveryWorker(one));
    try {
      await using first = await webhookReceiver();
      await using second = await webhookReceiver();
      const account = await app.anAccount();
      for (let count = 0; count < 100; count += 1) {
        await enqueue(app, account, count % 2 === 0 ? first.origin : second.origin);
      }
      const counts = await Promise.all(workers.map((worker) => worker.deliverDue()));
      const delivered = counts.map((count) => count.delivered);
      assert.equal(
        delivered.reduce((sum, count) => sum + count),
        100,
      );
      const received = [...first.received, ...second.received];
      const tokens = received.map(({ headers }) => headers['i-twilio-idempotency-token']);
      assert.deepEqual([tokens.length, new Set(tokens).size], [100, 100]);
    } finally {
      await Promise.all(workers.map((worker) => worker.stop()));
      await other.close();
    }
  });
}
