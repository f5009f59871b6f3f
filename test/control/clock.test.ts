import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import fc from 'fast-check';
import { beginningOf } from '../../src/control/first-log.ts';
import { openFirstWorld } from '../../src/control/first-world.ts';
import { readClock } from '../../src/db/clock-store.ts';
import { Clock, UNMOVED_CLOCK } from '../../src/kit/clock.ts';
import { startWorkers } from '../../src/workers.ts';
import { digestOfData } from '../support/digest.ts';
import { ann, annsBrowser } from '../support/people.ts';
import { loginOf, onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';
import { attemptsOf, deliveryOf, enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const DAY = 86_400_000;
const YEAR = 365 * DAY;

const iso = (ms: number) => new Date(ms).toISOString();

onEveryEngine('the development clock', (engine) => {
  test('is moved by a length of time or to a moment, and runs on from there', async () => {
    await using app = await testApp({ engine });
    const now = async () => Date.parse((await app.control('GET', '/clock')).json.now);
    assert.equal(await now(), START_OF_TIME);
    let expected = START_OF_TIME;
    for (const [advance, ms] of Object.entries({
      '1d': DAY,
      '2h': 7_200_000,
      '30m': 1_800_000,
      '15s': 15_000,
      '500ms': 500,
      '0s': 0,
    })) {
      expected += ms;
      const moved = await app.control('POST', '/clock', { advance });
      assert.equal(moved.status, 200, moved.text);
      assert.deepEqual(moved.json, { now: iso(expected), delivered: 0, pending: 0 });
      app.advance(1_234);
      expected += 1_234;
      assert.equal(await now(), expected);
    }
    for (const set of ['2027-01-01T00:00:00+01:00', '2028-02-29T23:59:59.999Z']) {
      const moved = await app.control('POST', '/clock', { set });
      assert.equal(moved.json.now, iso(Date.parse(set)), moved.text);
    }
    assert.equal(app.app.realNow(), START_OF_TIME);
  });

  test('goes neither back nor past a century, and names its limits', async () => {
    await using app = await testApp({ engine });
    await app.control('POST', '/clock', { advance: '1d' });
    const now = START_OF_TIME + DAY;
    const before = await digestOfData(app.app);
    const refusals: [RegExp, unknown][] = [
      [/^set must not be earlier than now, 2026-03-19T23:31:36.000Z: /, { set: iso(now - 1) }],
      [/^set must not be earlier than now/, { set: '0000-01-01T00:00:00Z' }],
      [/^The clock goes at most 100 years ahead/, { set: iso(START_OF_TIME + 100 * YEAR + 1) }],
      [/^The clock goes at most 100 years ahead/, { advance: `${99 * 365 + 365}d` }],
      [/^The clock goes at most 100 years ahead/, { advance: '9999999999999d' }],
      [/^The body must hold one of set, advance and in_step\.$/, {}],
      [/^The body must hold one of set, advance and in_step\.$/, { set: iso(now), advance: '1d' }],
      [/^The body must hold one of/, { in_step: true, advance: '1d' }],
      [/^in_step must be true\.$/, { in_step: false }],
      [/^set must be a time such as/, { set: '2027-02-29T00:00:00Z' }],
      [/^set must be a time such as/, { set: '2027-01-01' }],
      [/^set must be a time such as/, { set: '2027-01-01T00:00:00' }],
      [/^set must be a time such as/, { set: 1 }],
      [/^advance must be a length of time/, { advance: '-1d' }],
      [/^advance must be a length of time/, { advance: '1.5h' }],
      [/^advance must be a length of time/, { advance: '1w' }],
      [/^advance must be a length of time/, { advance: '' }],
      [/does not take "by"/, { advance: '1d', by: 1 }],
    ];
    for (const [error, body] of refusals) {
      const refused = await app.control('POST', '/clock', body);
      assert.equal(refused.status, 400, JSON.stringify(body));
      assert.match(refused.json.error, error);
      assert.equal(app.app.now(), now);
    }
    assert.equal(await digestOfData(app.app), before);
    const last = iso(START_OF_TIME + 100 * YEAR);
    assert.equal((await app.control('POST', '/clock', { set: last })).json.now, last);
  });

  test('dates new things and usage, and leaves people signed in', async () => {
    await using app = await testApp({ engine });
    await ann(app);
    const browser = await annsBrowser(app);
    const { location: home } = await browser.get('/console');
    const account = await app.anAccount();
    const meter = (key: string) =>
      app.control('POST', '/usage', { account_sid: account.sid, category: 'sms', count: 1, key });
    assert.equal((await meter('before')).status, 200);
    await app.control('POST', '/clock', { set: '2026-03-31T23:59:59.999Z' });
    assert.equal((await meter('at the end of March')).status, 200);
    await app.control('POST', '/clock', { advance: '1ms' });
    assert.equal((await meter('in April')).status, 200);

    const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records/Daily.json?Category=sms`;
    const { json } = await app.get(path, loginOf(account));
    const days = (json.usage_records as { start_date: string; count: string }[])
      .filter(({ count }) => count !== '0')
      .map(({ start_date }) => start_date);
    assert.deepEqual(days.toSorted(), ['2026-03-18', '2026-03-31', '2026-04-01']);
    const policy = await app.post('/v1/ConnectionPolicies', loginOf(account), {});
    assert.equal(policy.json.date_created, '2026-04-01T00:00:00Z');
    await app.control('POST', '/clock', { advance: '730d' });
    assert.match(home ?? '', /^\/console\/AC/);
    assert.equal((await browser.get('/console')).location, home);
  });

  test('tries every webhook that it jumps over once', async () => {
    await using app = await testApp({ engine });
    let answers = 500;
    await using failing = await webhookReceiver(() => ({ status: answers }));
    await using mended = await webhookReceiver((_, index) => ({ status: index < 3 ? 500 : 200 }));
    const account = await app.anAccount();
    const sids: string[] = [];
    for (const { origin } of [failing, mended, failing, mended, failing, mended]) {
      sids.push(await enqueue(app, account, origin));
      await app.deliver();
      app.advance(500);
    }
    assert.deepEqual([failing.received.length, mended.received.length], [3, 3]);
    const moved = await app.control('POST', '/clock', { advance: '1d' });
    assert.deepEqual([moved.json.delivered, moved.json.pending], [3, 3]);
    assert.deepEqual([failing.received.length, mended.received.length], [6, 6]);
    for (const sid of sids) assert.equal((await attemptsOf(app, sid)).length, 2);

    const early = await app.control('POST', '/clock', { advance: '1m' });
    assert.deepEqual([early.json.delivered, early.json.pending], [0, 3]);
    assert.equal(failing.received.length, 6);
    answers = 200;
    const late = await app.control('POST', '/clock', { advance: '6m' });
    assert.deepEqual([late.json.delivered, late.json.pending], [3, 0]);
  });

  test('waits for receivers with the worker of its server, at most 30 s', async () => {
    await using app = await testApp({ engine });
    const hanging = Promise.withResolvers<{ status: number }>();
    await using receiver = await webhookReceiver(() => hanging.promise);
    const workers = startWorkers(app.app);
    try {
      const sid = await enqueue(app, await app.anAccount(), receiver.origin);
      await receiver.arrived(1);
      mock.timers.enable({ apis: ['setTimeout'] });
      const moving = app.control('POST', '/clock', { advance: '1s' });
      while ((await readClock(app.app.database.db)).ahead_ms === 0) await app.anAccount();
      // This write was queued behind the move, so the move is done now and its answer waits.
      await app.anAccount();
      mock.timers.tick(30_000);
      const { json } = await moving;
      assert.deepEqual([json.delivered, json.pending], [0, 1]);
      assert.equal((await deliveryOf(app, sid)).state, 'leased');
      assert.equal(receiver.received.length, 1);
    } finally {
      mock.timers.reset();
      hanging.resolve({ status: 200 });
      await workers.stop();
    }
  });

  test('returns to real time by a reset, which dates the new world so', async () => {
    await using app = await testApp({ engine });
    const world = await openFirstWorld(app.app, 'http://localhost:4010');
    assert.ok(world);
    for (const round of [1, 2]) {
      await app.control('POST', '/clock', { advance: '3650d' });
      const future = app.app.newSid('DL');
      app.advance(1_000);
      const now = START_OF_TIME + round * 1_000;
      assert.equal((await app.control('POST', '/reset')).status, 204);
      assert.equal((await app.control('GET', '/clock')).json.now, iso(now));
      const { db } = app.app.database;
      const accounts = await db.selectFrom('accounts').select('date_created').execute();
      const events = await db.selectFrom('audit_events').select('date_created').execute();
      for (const { date_created } of accounts) assert.equal(date_created, beginningOf(now));
      for (const { date_created } of events) assert.equal(date_created, now);
      assert.ok(app.app.newSid('DL') < future, 'SIDs begin anew with the time');
    }
  });
});

test('production has no clock to move', async () => {
  const config = { mode: 'production', adminToken: 'an-admin-token-of-a-test' } as const;
  await using app = await testApp({ engine: 'memory', config });
  const headers = { authorization: `Bearer ${config.adminToken}` };
  const body = { advance: '1d' };
  assert.equal((await app.request('GET', '/_tieline/clock', { headers })).status, 404);
  assert.equal((await app.request('POST', '/_tieline/clock', { headers, body })).status, 404);
  assert.equal(app.app.now(), START_OF_TIME);
});

test('a clock that is behind goes on at half its speed, until it is right', () => {
  let wall = START_OF_TIME;
  let steady = 0;
  const clock = new Clock(
    () => wall,
    UNMOVED_CLOCK,
    () => steady,
  );
  clock.now();
  wall -= 1_000;
  const pass = (milliseconds: number) => {
    wall += milliseconds;
    steady += milliseconds;
    return clock.now() - START_OF_TIME;
  };
  assert.deepEqual([pass(0), pass(1), pass(1), pass(998)], [0, 0, 1, 500]);
  assert.deepEqual([pass(1_000), pass(1_000)], [1_000, 2_000]);
});

test('the clock of a process never goes back, for any wall clock and any news from other processes', () => {
  const step = fc.oneof(
    fc.record({
      wall: fc.integer({ min: -10_000, max: 10_000 }),
      passes: fc.integer({ min: 0, max: 5_000 }),
    }),
    fc.record({ ahead_ms: fc.integer({ min: 0, max: 50_000 }) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 50 }), (steps) => {
      let wall = START_OF_TIME;
      let steady = 0;
      let ahead = 0;
      const clock = new Clock(
        () => wall,
        UNMOVED_CLOCK,
        () => steady,
      );
      let before = clock.now();
      for (const one of steps) {
        if ('wall' in one) {
          wall += one.wall;
          steady += one.passes;
        } else {
          ahead = Math.max(ahead, one.ahead_ms);
          clock.follow({ epoch: 0, ahead_ms: one.ahead_ms });
        }
        const now = clock.now();
        const right = wall + ahead;
        assert.ok(now >= before && now >= right, `${now} is after ${before} and ${right}`);
        // A part of a millisecond is kept for the next time.
        const passed = 'wall' in one ? one.passes : 0;
        assert.ok(now <= Math.max(right, before + Math.ceil(passed / 2) + 1));
        before = now;
      }
      clock.follow({ epoch: 2, ahead_ms: 0 });
      assert.equal(clock.now(), wall);
      clock.follow({ epoch: 1, ahead_ms: YEAR });
      assert.equal(clock.now(), wall);
    }),
  );
});
