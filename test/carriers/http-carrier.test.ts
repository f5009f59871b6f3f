import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TaskWorker } from '../../src/jobs/task-worker.ts';
import { TASK_HANDLERS } from '../../src/workers.ts';
import { aNumber, messagesOf, OURS, read, send, THEIRS } from '../support/messages.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { httpFarSide, reportTo, TOKEN, useCarriers } from './carrier-kinds.ts';

const TEN_HOURS = 36_000_000;

onEveryEngine('a carrier over HTTP', (engine) => {
  test('gets a throttled message again, and a message of unknown fate never again', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const answers = [
      { status: 429, headers: { 'retry-after': '5' } },
      { status: 503 },
      { status: 500 },
    ];
    await using far = await httpFarSide(app, (_, index) => answers[index] ?? { status: 202 });
    const { sid } = await send(app, account);
    const rounds = [0, 4_999, 1, 1_999, 1, 60_000];
    const arrived: number[] = [];
    for (const ms of rounds) {
      app.advance(ms);
      await app.deliver();
      arrived.push(far.received.length);
    }
    assert.deepEqual(arrived, [1, 1, 2, 2, 3, 3]);
    assert.equal((await read(app, account, sid)).status, 'sending');
    app.advance(TEN_HOURS);
    await app.deliver();
    assert.equal(far.received.length, 3);
    const ended = await read(app, account, sid);
    assert.deepEqual([ended.status, ended.error_code], ['undelivered', 30008]);
    const late = await reportTo(app, [{ type: 'receipt', sid, state: 'delivered' }]);
    assert.deepEqual(late.json, { results: ['unknown'] });
    assert.equal((await read(app, account, sid)).status, 'undelivered');
  });

  test('may report before it answers, twice, and in contradiction', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using far = await httpFarSide(app, async ({ sid }) => {
      const overtaking = await reportTo(app, [{ type: 'receipt', sid, state: 'delivered' }]);
      assert.deepEqual(overtaking.json, { results: ['kept'] });
      return { status: 400, body: '{"code":30007}' };
    });
    const { sid } = await send(app, account);
    await app.deliver();
    await reportTo(app, [{ type: 'receipt', sid, state: 'undelivered', code: 30003 }]);
    const { status, error_code } = await read(app, account, sid);
    assert.deepEqual([status, error_code], ['delivered', null]);
    assert.equal(far.received.length, 1);
  });

  test('gets nothing a second time when a process dies between the record and the wire', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const stuck = Promise.withResolvers<void>();
    await using far = await httpFarSide(app, async () => {
      await stuck.promise;
      return { status: 202 };
    });
    const { sid } = await send(app, account);
    const dying = new TaskWorker(app.app, TASK_HANDLERS);
    void dying.wake();
    await far.arrived(1);
    // Another process sees no task that is due.
    app.advance(60_000);
    app.advanceReal(120_000);
    await app.deliver();
    assert.equal(far.received.length, 1);
    const report = await reportTo(app, [{ type: 'receipt', sid, state: 'delivered' }]);
    assert.deepEqual(report.json, { results: ['kept'] });
    assert.equal((await read(app, account, sid)).status, 'delivered');
    stuck.resolve();
    await dying.stop();
    assert.equal((await read(app, account, sid)).status, 'delivered');
  });

  test('brings messages in, each once', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => ({ status: 202 }));
    const event = { type: 'message', id: 'in-1', from: THEIRS, to: OURS, body: 'Hello there' };
    for (let time = 0; time < 2; time += 1) {
      assert.deepEqual((await reportTo(app, [event])).json, { results: ['kept'] });
    }
    const lost = { ...event, id: 'in-2', to: '+14155550177' };
    assert.deepEqual((await reportTo(app, [lost])).json, { results: ['unknown'] });
    const { json } = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    const came = json.messages.map(({ from, to, body, direction }: Record<string, string>) => [
      from,
      to,
      body,
      direction,
    ]);
    assert.deepEqual(came, [[THEIRS, OURS, 'Hello there', 'inbound']]);
  });

  test('reports by its own token, and only about its own messages', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    await using _far = await httpFarSide(app, () => ({ status: 202 }));
    const { sid } = await send(app, account);
    const event = { type: 'receipt', sid, state: 'delivered' };
    assert.deepEqual((await reportTo(app, [event])).json, { results: ['unknown'] }, 'not sent yet');
    await app.deliver();
    const refused = await reportTo(app, [event], 'another token');
    assert.equal(refused.status, 401);
    assert.match(refused.json.error, /events_token of the carrier/);
    const headers = { authorization: `Bearer ${TOKEN}` };
    const other = { body: { events: [event] }, headers };
    assert.equal((await app.request('POST', '/_carrier/simulated/events', other)).status, 401);
    for (const [events, sentence] of [
      [[{ ...event, state: 'lost' }], /^events\[0\]\.state /],
      [[{ ...event, type: 'call' }], /^events\[0\]\.type /],
      [Array.from({ length: 101 }, () => event), /^events must hold at most 100 events/],
    ] as const) {
      const reply = await reportTo(app, events);
      assert.equal(reply.status, 400);
      assert.match(reply.json.error, sentence);
    }
    assert.equal((await read(app, account, sid)).status, 'sent');
  });

  test('that cannot be reached keeps its messages waiting', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const far = await httpFarSide(app, () => ({ status: 202 }));
    await far[Symbol.asyncDispose]();
    const { sid } = await send(app, account);
    await app.deliver();
    assert.equal((await read(app, account, sid)).status, 'sending');
    app.advance(TEN_HOURS + 1);
    await app.deliver();
    const { status, error_code } = await read(app, account, sid);
    assert.deepEqual([status, error_code], ['failed', 30036]);
  });

  test('has settings with their places', async () => {
    await using app = await testApp({ engine });
    const short =
      'carriers: { far: { kind: http, url: "ftp://a", secret: env:S, events_token: hello } }';
    assert.throws(
      () => useCarriers(app, short, { S: 'short' }),
      /carriers\.far\.url must be an http or https URL.*\n.*far\.secret must have at least 16 characters.*\n.*far\.events_token must be env:NAME or file:PATH/,
    );
  });
});
