import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ConfigError, readConfig } from '../../src/config.ts';
import {
  KEPT_FOR_EVER,
  type Retention,
  readRetention,
} from '../../src/kit/settings/retention-settings.ts';
import { verify } from '../../src/verify/verify.ts';
import { sweepAll } from '../../src/workers.ts';
import { aCall, aCaller, aFinishedCall, usageOf as callUsageOf, settle } from '../support/calls.ts';
import { aNumber, messagesOf, pass, send, usageOf } from '../support/messages.ts';
import { aReceivedMessage, aTenant } from '../support/tenant.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const DAY_MS = 86_400_000;

/** An app on a database of its own that keeps things for so many days. */
function keeping(engine: Parameters<typeof testApp>[0]['engine'], days: Partial<Retention>) {
  return testApp({ engine, config: { retention: { ...KEPT_FOR_EVER, ...days } } });
}

async function read(app: TestApp, account: TestAccount, path: string) {
  return app.get(`/2010-04-01/Accounts/${account.sid}/${path}`, loginOf(account));
}

async function eventsOf(app: TestApp, account_sid: string) {
  return app.app.database.db
    .selectFrom('audit_events')
    .selectAll()
    .where('account_sid', '=', account_sid)
    .orderBy('number')
    .execute();
}

const differencesOf = async (app: TestApp) => (await verify(app.app)).differences;

/** The faults of audit logs, and of grants beside them. */
const brokenLogs = async (app: TestApp) =>
  (await differencesOf(app)).filter(({ promise }) => promise === 'audit' || promise === 'I8');

onEveryEngine('retention', (engine) => {
  test('keeps everything unless a setting says otherwise', async () => {
    await using app = await keeping(engine, {});
    const account = await app.anAccount();
    const { message_sid } = await aReceivedMessage(app, account.sid);
    app.advance(5_000 * DAY_MS);
    await sweepAll(app.app);
    assert.equal((await read(app, account, `Messages/${message_sid}.json`)).json.body, 'CANARY');
  });

  test('empties messages when their days are over, with their files', async () => {
    await using app = await keeping(engine, { 'message-bodies': 30 });
    const account = await app.anAccount();
    const { message_sid: sid, media_sid } = await aReceivedMessage(app, account.sid);
    const media = `Messages/${sid}/Media/${media_sid}.json`;
    app.advance(30 * DAY_MS);
    await sweepAll(app.app);
    assert.equal((await read(app, account, `Messages/${sid}.json`)).json.body, 'CANARY');
    app.advance(DAY_MS);
    await sweepAll(app.app);
    const emptied = await read(app, account, `Messages/${sid}.json`);
    assert.deepEqual([emptied.status, emptied.json.body], [200, '']);
    assert.equal((await read(app, account, media)).status, 404);
    const told = (await eventsOf(app, account.sid)).filter(
      ({ action }) => action === 'message.redacted',
    );
    assert.deepEqual(
      told.map(({ actor_kind, detail }) => [actor_kind, JSON.parse(detail)]),
      [['system', { messages: 1, reason: 'retention' }]],
    );
  });

  test('deletes messages and keeps their usage', async () => {
    await using app = await keeping(engine, { messages: 10 });
    const account = await app.anAccount();
    await aNumber(app, account);
    const { sid: old } = await send(app, account);
    await pass(app);
    app.advance(6 * DAY_MS);
    const { sid: young } = await send(app, account);
    await pass(app);
    app.advance(5 * DAY_MS);
    const used = await usageOf(app, account, 'sms');
    await sweepAll(app.app);
    assert.equal((await read(app, account, `Messages/${old}.json`)).status, 404);
    assert.equal((await read(app, account, `Messages/${young}.json`)).status, 200);
    assert.deepEqual(await usageOf(app, account, 'sms'), used);
    assert.deepEqual(await differencesOf(app), []);
  });

  test('leaves a message alone that still waits for its time, and removes it later', async () => {
    await using app = await keeping(engine, { messages: 1 });
    const account = await app.anAccount();
    const { message_sid: sid } = await aReceivedMessage(app, account.sid);
    const set = (status: 'scheduled' | 'canceled') =>
      app.app.database.write((tx) =>
        tx.updateTable('messages').set({ status }).where('sid', '=', sid).execute(),
      );
    await set('scheduled');
    app.advance(3 * DAY_MS);
    await sweepAll(app.app);
    assert.equal((await read(app, account, `Messages/${sid}.json`)).status, 200);
    await set('canceled');
    app.advance(DAY_MS);
    await sweepAll(app.app);
    assert.equal((await read(app, account, `Messages/${sid}.json`)).status, 404);
    assert.deepEqual(await differencesOf(app), []);
  });

  test('removes more than one deed holds, for accounts and subaccounts alike', async () => {
    await using app = await keeping(engine, { messages: 1 });
    const account = await app.anAccount();
    await aNumber(app, account);
    for (let sent = 0; sent < 60; sent += 1) await send(app, account);
    await pass(app);
    app.advance(2 * DAY_MS);
    await sweepAll(app.app);
    const list = await app.get(`${messagesOf(account)}.json`, loginOf(account));
    assert.deepEqual(list.json.messages, []);
    const told = (await eventsOf(app, account.sid))
      .filter(({ action }) => action === 'message.deleted')
      .map(({ detail }) => JSON.parse(detail).messages);
    assert.deepEqual(told, [50, 10]);
  });

  test('deletes calls that have ended, and keeps their recordings and usage', async () => {
    await using app = await keeping(engine, { calls: 10 });
    const caller = await aCaller(app);
    const ended = await aFinishedCall(app, caller, {
      Twiml: '<Response><Pause length="5"/></Response>',
      Record: 'true',
    });
    const waiting = await aCall(app, caller, { Twiml: '<Response/>' });
    const statusOf = async ({ sid }: { sid: string }) =>
      (await app.get(`${caller.calls}/${sid}.json`, caller.login)).status;
    const used = await callUsageOf(app, caller);
    app.advance(10 * DAY_MS);
    await sweepAll(app.app);
    assert.equal(await statusOf(ended), 200);
    app.advance(DAY_MS);
    await sweepAll(app.app);
    assert.deepEqual([await statusOf(ended), await statusOf(waiting)], [404, 200]);
    assert.deepEqual(await callUsageOf(app, caller), used);
    const { recordings } = (await read(app, caller.account, 'Recordings.json')).json;
    assert.deepEqual(
      recordings.map(({ call_sid }: { call_sid: string }) => call_sid),
      [ended.sid],
    );
    await settle(app);
    app.advance(DAY_MS);
    await sweepAll(app.app);
    assert.equal(await statusOf(waiting), 404);
    const told = (await eventsOf(app, caller.account.sid)).filter(
      ({ action }) => action === 'call.deleted',
    );
    const once = { calls: 1, reason: 'retention' };
    assert.deepEqual(
      told.map(({ detail }) => JSON.parse(detail)),
      [once, once],
    );
    assert.deepEqual(await differencesOf(app), []);
  });

  test('deletes recordings with their transcriptions', async () => {
    await using app = await keeping(engine, { recordings: 7 });
    const tenant = await aTenant(app);
    app.advance(8 * DAY_MS);
    await sweepAll(app.app);
    const path = `Recordings/${tenant.recording_sid}.json`;
    assert.equal((await read(app, tenant.account, path)).status, 404);
    const running = `Recordings/${tenant.running_recording_sid}.json`;
    assert.equal((await read(app, tenant.account, running)).status, 200);
  });

  test('shortens audit logs, whose chains still hold', async () => {
    await using app = await keeping(engine, { audit: 90 });
    const tenant = await aTenant(app);
    const before = await eventsOf(app, tenant.account.sid);
    app.advance(60 * DAY_MS);
    const path = `/2010-04-01/Accounts/${tenant.account.sid}.json`;
    await app.post(path, loginOf(tenant.account), { FriendlyName: 'Later' });
    app.advance(31 * DAY_MS);
    await sweepAll(app.app);
    const after = await eventsOf(app, tenant.account.sid);
    assert.ok(before.length > 1);
    assert.deepEqual(
      after.map(({ action, number }) => [action, number]),
      [['account.renamed', before.length + 1]],
    );
    assert.deepEqual(await brokenLogs(app), []);
    await app.post(path, loginOf(tenant.account), { FriendlyName: 'Later still' });
    assert.deepEqual(await brokenLogs(app), []);
    await app.app.database.write((tx) =>
      tx
        .updateTable('audit_events')
        .set({ detail: '{}' })
        .where('account_sid', '=', tenant.account.sid)
        .where('number', '=', before.length + 1)
        .execute(),
    );
    assert.match((await brokenLogs(app))[0]?.what ?? '', /The audit log is broken/);
  });

  test('is told in the log of the platform, once for each day', async () => {
    await using app = await keeping(engine, { messages: 1 });
    const account = await app.anAccount();
    await aReceivedMessage(app, account.sid);
    app.advance(2 * DAY_MS);
    await sweepAll(app.app);
    await sweepAll(app.app);
    const told = (await eventsOf(app, '')).filter(({ action }) => action === 'retention.applied');
    assert.deepEqual(
      told.map(({ detail }) => JSON.parse(detail).removed),
      [1],
    );
  });
});

suite('the setting of retention', () => {
  test('names kinds with days', () => {
    assert.deepEqual(readRetention({ TIELINE_RETENTION: ' message-bodies=30, audit=730 ' }), {
      'message-bodies': 30,
      messages: null,
      calls: null,
      recordings: null,
      audit: 730,
    });
    assert.deepEqual(readConfig({}, {}).retention, KEPT_FOR_EVER);
  });

  test('is refused with the kind and its bounds', () => {
    const refused: readonly [string, RegExp][] = [
      [
        'faxes=3',
        /not "faxes=3"\. The kinds are message-bodies, messages, calls, recordings, audit\./,
      ],
      ['calls=0', /must keep calls for 1 to 36500 days/],
      ['messages', /must keep messages for 1 to 36500 days, not ""/],
      ['messages=0', /must keep messages for 1 to 36500 days, not "0"/],
      ['messages=1.5', /not "1\.5"/],
      ['messages=40000', /not "40000"/],
      ['audit=89', /must keep audit for 90 to 36500 days/],
      ['messages=1,messages=2', /names messages twice/],
      ['messages=1=2', /must be kinds with days/],
      ['messages=1,', /must be kinds with days/],
      ['toString=1', /must be kinds with days/],
    ];
    for (const [text, message] of refused) {
      assert.throws(
        () => readRetention({ TIELINE_RETENTION: text }),
        (err: Error) => err instanceof ConfigError && message.test(err.message),
        text,
      );
    }
  });
});
