import assert from 'node:assert/strict';
import { test } from 'node:test';
import { mayWait, NotYetError } from '../../src/db/run-deeds.ts';
import { ROUTES } from '../../src/routes.ts';
import { OPEN_MS } from '../../src/webhooks/destinations.ts';
import { Browser } from '../support/browser.ts';
import { aNumber, send } from '../support/messages.ts';
import { ann, EMAIL, logIn } from '../support/people.ts';
import { asSystem, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { aTrigger, meter } from '../support/usage-triggers.ts';
import { enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { readMetrics, risenIn } from './metrics-text.ts';

onEveryEngine('/metrics', (engine) => {
  test('has every series whose labels are known from the start, at 0', async () => {
    await using app = await testApp({ engine });
    const readings = await readMetrics(app);
    const text = [...readings.keys()].join('\n');
    for (const { kind, name, labels } of ROUTES.metrics) {
      assert.match(name, /^tieline_[a-z_]+$/);
      const combinations = Object.values(labels).reduce((sum, { length }) => sum * length, 1);
      if (combinations === 0) continue;
      const suffix = kind === 'histogram' ? '_count' : '';
      const found = [...readings].filter(
        ([series]) => series.replace(/\{.*/, '') === name + suffix,
      );
      assert.equal(found.length, combinations, `${name}\n${text}`);
      const isOfDoing = /^tieline_(webhook|carrier|usage|sign_ins)/.test(name);
      if (isOfDoing)
        assert.ok(
          found.every(([, value]) => value === 0),
          name,
        );
    }
    assert.match(
      text,
      /tieline_build_info\{version="\d+\.\d+\.\d+",node="\d+\.[^"]+",engine="\w+"\}/,
    );
    assert.ok((readings.get('tieline_database_size_bytes') ?? 0) > 10_000);
    assert.ok((readings.get('tieline_database_connections{state="idle"}') ?? 0) > 0);
  });

  test('counts webhooks by kind and outcome, with waiting webhooks and failing receivers', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(({ url }) => ({
      status: url.endsWith('/works') ? 200 : url.endsWith('/gone') ? 410 : 500,
    }));
    const account = await app.anAccount();
    const before = await readMetrics(app);
    await enqueue(app, account, `${receiver.origin}/works`, { kind: 'call-status' });
    await enqueue(app, account, `${receiver.origin}/gone`);
    await enqueue(app, account, `${receiver.origin}/fails`);
    await enqueue(app, account, 'http://10.0.0.1/refused', { retry: 'callback' });
    await app.deliver();
    // A reading of the outbox holds for five seconds.
    app.advanceReal(5_000);
    app.advance(60_000);
    const after = await readMetrics(app);
    const names = /^tieline_webhook_(?:enqueued|deliveries|attempts)_total|_lag_seconds_count/;
    assert.deepEqual(risenIn(before, after, names), {
      'tieline_webhook_enqueued_total{kind="deauthorize"}': 3,
      'tieline_webhook_enqueued_total{kind="call-status"}': 1,
      'tieline_webhook_deliveries_total{kind="deauthorize",outcome="dead"}': 2,
      'tieline_webhook_deliveries_total{kind="call-status",outcome="delivered"}': 1,
      'tieline_webhook_attempts_total{kind="deauthorize",outcome="4xx"}': 1,
      'tieline_webhook_attempts_total{kind="deauthorize",outcome="5xx"}': 1,
      'tieline_webhook_attempts_total{kind="deauthorize",outcome="refused"}': 1,
      'tieline_webhook_attempts_total{kind="call-status",outcome="2xx"}': 1,
      tieline_webhook_delivery_lag_seconds_count: 1,
    });
    const state = /^tieline_webhook_(?:waiting|oldest|overdue)/;
    const waiting = risenIn(before, after, state);
    assert.equal(waiting['tieline_webhook_waiting{state="failing"}'], 1);
    assert.equal(waiting['tieline_webhook_oldest_waiting_seconds'], 60);
    assert.ok((waiting['tieline_webhook_overdue_seconds'] ?? 0) > 50);
  });

  test('counts open and half-open breakers separately', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver(() => ({ status: 500 }));
    const account = await app.anAccount();
    for (let count = 0; count < 12; count += 1) {
      await enqueue(app, account, receiver.origin, { retry: 'callback' });
    }
    await app.deliver();
    const open = await readMetrics(app);
    assert.equal(open.get('tieline_webhook_breakers{state="open"}'), 1);
    app.advanceReal(OPEN_MS);
    const later = await readMetrics(app);
    assert.equal(later.get('tieline_webhook_breakers{state="open"}'), 0);
    assert.equal(later.get('tieline_webhook_breakers{state="half_open"}'), 1);
  });

  test('counts usage, triggers and acts of the carrier after they are durable', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const account = await app.anAccount();
    await aNumber(app, account);
    await aTrigger(app, account, { TriggerValue: '3', CallbackUrl: receiver.origin });
    const before = await readMetrics(app);
    await meter(app, account, { count: 2, key: 'one' });
    await meter(app, account, { count: 2, key: 'two' });
    await meter(app, account, { count: 2, key: 'two' });
    await send(app, account);
    await app.deliver();
    const risen = risenIn(before, await readMetrics(app), /^tieline_(usage|carrier|webhook_deliv)/);
    assert.equal(risen['tieline_usage_triggers_fired_total'], 1);
    assert.equal(risen['tieline_usage_events_total{outcome="repeated"}'], 1);
    assert.ok((risen['tieline_usage_events_total{outcome="counted"}'] ?? 0) >= 2);
    assert.ok((risen['tieline_usage_lag_seconds_count'] ?? 0) >= 2);
    assert.ok((risen['tieline_carrier_tasks_total{kind="message",outcome="done"}'] ?? 0) >= 1);
    const delivered = 'tieline_webhook_deliveries_total{kind="usage-trigger",outcome="delivered"}';
    assert.equal(risen[delivered], 1);
  });

  test('counts writes, without those that were undone', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const before = await readMetrics(app);
    const refusing = database.write(() => Promise.reject(new Error('no')));
    await Promise.allSettled([
      refusing,
      database.write(async () => {}),
      database.write(async () => {}),
    ]);
    const risen = risenIn(
      before,
      await readMetrics(app),
      /^tieline_writes_total|_size_(?:sum|count)$/,
    );
    assert.deepEqual(risen, {
      'tieline_writes_total{outcome="committed"}': 2,
      'tieline_writes_total{outcome="refused"}': 1,
      tieline_write_batch_size_sum: 3,
      tieline_write_batch_size_count: 1,
    });
  });

  test('counts nothing of a change that is undone', async () => {
    await using app = await testApp({ engine });
    const metric = {
      kind: 'counter',
      name: 'tieline_told_total',
      help: 'Told.',
      labels: {},
    } as const;
    app.app.metrics.declare([metric]);
    const undone = asSystem(app, async ({ count }) => {
      count(metric, {});
      throw new Error('no');
    });
    await assert.rejects(undone);
    await asSystem(app, async ({ count }) => count(metric, {}, 2));
    assert.equal((await readMetrics(app)).get('tieline_told_total'), 2);
  });

  test('counts a repeated write once', async () => {
    await using app = await testApp({ engine });
    const metric = {
      kind: 'counter',
      name: 'tieline_told_total',
      help: 'Told.',
      labels: {},
    } as const;
    let runs = 0;
    const before = app.app.database.write(async () => {});
    // A deed that is not the first of its transaction and has to be runs again in the next one.
    const again = asSystem(app, async ({ tx, count }) => {
      runs += 1;
      count(metric, {});
      if (!mayWait(tx)) throw new NotYetError();
    });
    await Promise.all([before, again]);
    assert.equal(runs, 2);
    assert.equal((await readMetrics(app)).get('tieline_told_total'), 1);
  });

  test('counts sign-ins by step and outcome', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const before = await readMetrics(app);
    await logIn(new Browser(app));
    await logIn(new Browser(app), EMAIL, 'not the password');
    assert.deepEqual(risenIn(before, await readMetrics(app), /^tieline_sign_ins/), {
      'tieline_sign_ins_total{step="password",outcome="accepted"}': 1,
      'tieline_sign_ins_total{step="password",outcome="refused"}': 1,
    });
  });

  test('has the delay of the event loop from the second reading on', async () => {
    await using app = await testApp({ engine });
    await readMetrics(app);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const until = performance.now() + 100;
    while (performance.now() < until);
    await new Promise((resolve) => setTimeout(resolve, 50));
    const readings = await readMetrics(app);
    const worst = readings.get('tieline_event_loop_delay_seconds{of="most"}') ?? 0;
    assert.ok(worst > 0.05, String(worst));
    assert.ok((readings.get('tieline_event_loop_utilization_ratio') ?? 0) > 0.1);
  });

  test('answers while the database is busy, and names no account or person', async () => {
    await using app = await testApp({ engine });
    await using receiver = await webhookReceiver();
    const account = await app.anAccount();
    await enqueue(app, account, receiver.origin);
    await app.get(`/2010-04-01/Accounts/${account.sid}.json`, loginOf(account));
    await app.deliver();
    const { text } = await app.get('/metrics');
    assert.doesNotMatch(text, /[A-Z]{2}[0-9a-f]{32}|127\.0\.0\.1|localhost/);
  });
});
