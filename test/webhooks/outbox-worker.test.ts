import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { start } from '../../src/main.ts';
import { DeliveryWorker } from '../../src/webhooks/deliver-webhooks.ts';
import { startWorkers } from '../../src/workers.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { attemptsOf, deliveryOf, enqueue } from '../support/webhook.ts';
import { type Answer, webhookReceiver } from '../support/webhook-receiver.ts';

const OK: Answer = { status: 200 };

onEveryEngine('the worker of the outbox', (engine) => {
  test('gives back unfinished webhooks when it closes', async () => {
    await using app = await testApp({ engine });
    const answer = Promise.withResolvers<Answer>();
    await using receiver = await webhookReceiver((_, index) => (index === 0 ? answer.promise : OK));
    const account = await app.anAccount();
    const finished = await enqueue(app, account, receiver.origin);
    const closing = new DeliveryWorker(app.app);
    void closing.wake();
    await receiver.arrived(1);
    const stopped = closing.stop();
    const waiting = await enqueue(app, account, receiver.origin);
    await closing.wake();
    assert.equal((await deliveryOf(app, waiting)).state, 'pending');
    answer.resolve(OK);
    await stopped;
    assert.equal((await deliveryOf(app, finished)).state, 'delivered');

    const claiming = new DeliveryWorker(app.app);
    void claiming.wake();
    // The worker stops before the claim has committed.
    await claiming.stop();
    const released = await deliveryOf(app, waiting);
    assert.deepEqual([released.state, released.attempts, released.tries], ['pending', 0, 0]);
    assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
  });

  test('sends new webhooks at once, and others at their time', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver((_, index) => ({
      status: index === 0 ? 500 : 200,
    }));
    const account = await app.anAccount();
    // Timers stand still, so the first webhooks arrive without one.
    mock.timers.enable({ apis: ['setInterval'] });
    const workers = startWorkers(app.app);
    try {
      const sid = await enqueue(app, account, receiver.origin);
      await receiver.arrived(1);
      while ((await deliveryOf(app, sid)).state === 'leased') await app.anAccount();
      // After some other deeds, the look that follows each request is over, too.
      for (let count = 0; count < 3; count += 1) await app.anAccount();
      app.advance(6_000);
      mock.timers.tick(1_000);
      await receiver.arrived(2);
    } finally {
      await workers.stop();
      mock.timers.reset();
    }
  });
});

test('a worker that stops waits five seconds for a hanging receiver and gives the webhook back', async () => {
  await using app = await testApp({ engine: 'memory' });
  const answer = Promise.withResolvers<Answer>();
  await using receiver = await webhookReceiver((_, index) => (index === 0 ? answer.promise : OK));
  const sid = await enqueue(app, await app.anAccount(), receiver.origin);
  const closing = new DeliveryWorker(app.app);
  const delivering = closing.deliverDue();
  await receiver.arrived(1);
  mock.timers.enable({ apis: ['setTimeout'] });
  try {
    const stopped = closing.stop();
    await app.anAccount();
    assert.equal((await deliveryOf(app, sid)).state, 'leased');
    mock.timers.tick(5_000);
    await stopped;
  } finally {
    mock.timers.reset();
  }
  const { attempts, state } = await deliveryOf(app, sid);
  assert.deepEqual([state, attempts], ['pending', 0]);
  answer.resolve({ status: 500 });
  await delivering;
  assert.deepEqual(await attemptsOf(app, sid), []);
  assert.deepEqual(await app.deliver(), { tried: 1, delivered: 1 });
});

test('a started server delivers, and a closing server finishes first', async () => {
  await using app = await testApp({ engine: 'memory' });
  await using receiver = await webhookReceiver();
  const running = await start(app.app.config, { log: app.app.log });
  const post = async (path: string, body: unknown) => {
    const reply = await fetch(`${running.origin}/_tieline${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    return (await reply.json()) as Record<string, string>;
  };
  const owner = await post('/accounts', { friendly_name: 'Owner' });
  const customer = await post('/accounts', { friendly_name: 'Customer' });
  const connectApp = await post('/connect_apps', {
    account_sid: owner['sid'],
    friendly_name: 'An app',
    company_name: 'A company',
    deauthorize_callback_url: `${receiver.origin}/gone`,
  });
  const both = { connect_app_sid: connectApp['sid'], account_sid: customer['sid'] };
  const { account_sid } = await post('/authorize', both);
  const { delivery_id } = await post('/deauthorize', both);
  assert.match(delivery_id ?? '', /^DL[0-9a-f]{32}$/);
  await receiver.arrived(1);
  await running.close();
  assert.deepEqual(Object.fromEntries(new URLSearchParams(receiver.received[0]?.body)), {
    AccountSid: account_sid,
    ConnectAppSid: connectApp['sid'],
  });
});
