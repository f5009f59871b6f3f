import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { openFirstWorld } from '../../src/control/first-world.ts';
import { MAX_SNAPSHOTS } from '../../src/control/keep-snapshot.ts';
import { WORLD_TABLES } from '../../src/db/tables/all-tables.ts';
import { verify } from '../../src/verify/verify.ts';
import { changesSince, readRows } from '../isolation/rows.ts';
import { digestOfData } from '../support/digest.ts';
import { aLivelyWorld, meter } from '../support/lively-world.ts';
import { aNumber, OURS, THEIRS, TWO_SECONDS } from '../support/messages.ts';
import {
  loginOf,
  onEveryStorage,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const DAY = 86_400_000;
const POLICIES = '/v1/ConnectionPolicies';

export async function keep(app: TestApp, name: string) {
  const reply = await app.control('POST', '/snapshots', { name });
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

export async function restore(app: TestApp, name: string): Promise<void> {
  const reply = await app.control('POST', `/snapshots/${name}/restore`);
  assert.equal(reply.status, 204, reply.text);
}

onEveryStorage('a snapshot', (engine) => {
  test('restores everything, to the byte', async () => {
    await using app = await testApp({ engine });
    await openFirstWorld(app.app, 'http://localhost:4010');
    const { main, developer, grant } = await aLivelyWorld(app);
    const login = loginOf(main);
    await aNumber(app, main);
    const messages = `/2010-04-01/Accounts/${main.sid}/Messages.json`;
    const form = { From: OURS, To: THEIRS, Body: 'Zoë "said" \\ \n {1,2}' };
    const waiting = await app.post(messages, login, form);
    assert.equal(waiting.status, 201, waiting.text);
    const key = await app.aKey(main, 'main');
    const kept = await keep(app, 'before');
    const rows = await readRows(app);
    const before = await digestOfData(app.app);
    assert.equal(kept.name, 'before');
    assert.equal(kept.date_created, '2026-03-18T23:31:36Z');
    assert.equal(kept.rows, await countWorld(app));

    app.advance(TWO_SECONDS);
    await app.deliver();
    await meter(app, [{ account_sid: main.sid, category: 'sms', price: '1', key: 'more' }]);
    const bought = await app.post(
      `/2010-04-01/Accounts/${main.sid}/IncomingPhoneNumbers.json`,
      login,
      { AreaCode: '415' },
    );
    assert.equal(bought.status, 201, bought.text);
    const keys = `/2010-04-01/Accounts/${main.sid}/Keys`;
    const deleted = await app.request('DELETE', `${keys}/${key.username}.json`, { login });
    assert.equal(deleted.status, 204, deleted.text);
    const { connect_app_sid } = grant;
    const ended = { connect_app_sid, account_sid: main.sid };
    assert.equal((await app.control('POST', '/deauthorize', ended)).status, 200);
    assert.equal((await app.control('DELETE', `/connect_apps/${connect_app_sid}`)).status, 204);
    assert.notEqual(await digestOfData(app.app), before);

    for (let time = 0; time < 2; time += 1) {
      await restore(app, 'before');
      assert.deepEqual(await changesSince(app, rows), []);
      assert.equal(await digestOfData(app.app), before);
      assert.deepEqual((await verify(app.app)).differences, []);
      await app.control('POST', '/reset');
    }

    await restore(app, 'before');
    assert.equal((await app.get(`${keys}.json`, key)).status, 200, 'the key is there again');
    assert.equal((await app.get('/2010-04-01/Accounts.json', loginOf(developer))).status, 200);
    await app.deliver();
    const sent = await app.get(messages.replace('.json', `/${waiting.json.sid}.json`), login);
    assert.equal(sent.json.status, 'delivered', 'what the carrier had still to do is done');
  });

  test('restores the clock, and things from before and after a restore do not collide', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const time = async () => Date.parse((await app.control('GET', '/clock')).json.now);
    const aPolicy = async () => (await app.post(POLICIES, login, {})).json.sid as string;
    await keep(app, 'unmoved');
    await app.control('POST', '/clock', { advance: '30d' });
    const made = [await aPolicy()];
    await keep(app, 'moved');
    const rows = await readRows(app);
    await app.control('POST', '/clock', { advance: '1d' });
    made.push(await aPolicy());

    await restore(app, 'moved');
    assert.equal(await time(), START_OF_TIME + 30 * DAY);
    for (const { table, after } of await changesSince(app, rows)) {
      assert.deepEqual([table, after?.['name']], ['settings', 'clock'], 'its epoch alone is new');
    }
    made.push(await aPolicy());
    app.advance(1);
    await restore(app, 'unmoved');
    assert.equal(await time(), START_OF_TIME + 1, 'what passed in reality has passed');
    made.push(await aPolicy());
    assert.equal((await app.get(POLICIES, login)).json.connection_policies.length, 1);
    await restore(app, 'moved');
    assert.equal(await time(), START_OF_TIME + 30 * DAY + 1);
    made.push(await aPolicy());
    assert.equal(new Set(made).size, made.length);
    const listed = (await app.get(POLICIES, login)).json.connection_policies;
    assert.deepEqual(
      listed.map(({ sid }: { sid: string }) => sid),
      [made[4], made[0]],
      'the newest first',
    );
  });

  test('forgets the Idempotency-Keys from after it, and knows those from before', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const once = (key: string, FriendlyName: string) =>
      app.request('POST', POLICIES, {
        login,
        form: { FriendlyName },
        headers: { 'idempotency-key': key },
      });
    const known = await once('before', 'A');
    await keep(app, 'here');
    await once('after', 'B');
    await restore(app, 'here');
    assert.equal((await once('before', 'A')).text, known.text);
    assert.equal((await once('before', 'C')).status, 409);
    assert.equal((await once('after', 'C')).status, 201);
  });
});

/** The number of rows of the world, with those that are only notes. */
async function countWorld({ app }: TestApp): Promise<number> {
  const { db } = app.database;
  const counts = await Promise.all(
    WORLD_TABLES.map(async (table) => (await db.selectFrom(table).selectAll().execute()).length),
  );
  return counts.reduce((sum, count) => sum + count, 0);
}

suite('snapshots', () => {
  test('are listed by name, replaced, deleted, and have a limit', async () => {
    await using app = await testApp({ engine: 'memory' });
    const names = async () =>
      (await app.control('GET', '/snapshots')).json.snapshots.map(
        ({ name }: { name: string }) => name,
      );
    assert.deepEqual(await names(), []);
    for (const name of ['b', 'a.1_B-', 'b']) await keep(app, name);
    assert.deepEqual(await names(), ['a.1_B-', 'b']);
    const { json } = await app.control('GET', '/snapshots');
    assert.deepEqual(Object.keys(json.snapshots[0]), ['name', 'date_created', 'rows', 'bytes']);
    await app.anAccount();
    await keep(app, 'b');
    await app.control('POST', '/reset');
    assert.deepEqual(await names(), ['a.1_B-', 'b'], 'a reset keeps them');
    await restore(app, 'b');
    assert.equal(
      (await app.app.database.db.selectFrom('accounts').select('sid').execute()).length,
      1,
    );

    for (let count = 2; count < MAX_SNAPSHOTS; count += 1) await keep(app, `number-${count}`);
    const one = await app.control('POST', '/snapshots', { name: 'too-many' });
    assert.equal(one.status, 409);
    assert.match(one.json.error, /^There are 20 snapshots: delete one with DELETE/);
    await keep(app, 'b');
    assert.equal((await app.control('DELETE', '/snapshots/b')).status, 204);
    await keep(app, 'not-too-many');
    for (const [method, path] of [
      ['DELETE', '/snapshots/b'],
      ['POST', '/snapshots/b/restore'],
    ] as const) {
      const gone = await app.control(method, path);
      assert.deepEqual([gone.status, gone.json], [404, { error: 'There is no snapshot b.' }]);
    }
  });

  test('have names that are safe in paths', async () => {
    await using app = await testApp({ engine: 'memory' });
    for (const [name, error] of [
      ['', 'name must be 1 to 64 letters, digits, dots, hyphens or underscores.'],
      ['a/b', 'name must be 1 to 64 letters, digits, dots, hyphens or underscores.'],
      ['ä', 'name must be 1 to 64 letters, digits, dots, hyphens or underscores.'],
      ['a'.repeat(65), 'name must be 1 to 64 letters, digits, dots, hyphens or underscores.'],
      ['..', 'name must not be one dot or two.'],
      [7, 'name must be text.'],
    ] as const) {
      const reply = await app.control('POST', '/snapshots', { name });
      assert.deepEqual([reply.status, reply.json], [400, { error }]);
    }
    await keep(app, 'a'.repeat(64));
    await restore(app, 'a'.repeat(64));
    assert.equal((await app.control('POST', '/snapshots')).status, 400);
  });

  test('do not exist in production', async () => {
    const adminToken = 'an-admin-token-of-a-test';
    await using app = await testApp({
      engine: 'memory',
      config: { mode: 'production', adminToken },
    });
    const headers = { authorization: `Bearer ${adminToken}` };
    for (const [method, path, body] of [
      ['GET', '/snapshots'],
      ['POST', '/snapshots', { name: 'a' }],
      ['POST', '/snapshots/a/restore'],
      ['DELETE', '/snapshots/a'],
    ] as const) {
      const reply = await app.request(method, `/_tieline${path}`, { headers, body });
      assert.equal(reply.status, 404, `${method} ${path}`);
    }
  });
});
