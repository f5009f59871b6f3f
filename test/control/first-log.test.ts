import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FirstWorld, openFirstWorld, revealAccount } from '../../src/control/first-world.ts';
import { verify } from '../../src/verify/verify.ts';
import { type Login, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const DAY_MS = 86_400_000;

async function aFirstStart(app: TestApp): Promise<FirstWorld> {
  const world = await openFirstWorld(app.app, 'http://localhost:4010');
  assert.ok(world);
  return world;
}

async function customerOf(app: TestApp, world: FirstWorld): Promise<Login> {
  const customer = await revealAccount(app.app, world.customer_account_sid);
  assert.ok(customer);
  return { username: customer.sid, password: customer.auth_token };
}

/** Everything that the customer's API lists under a name. */
async function listOf(app: TestApp, login: Login, path: string, name: string) {
  const address = `/2010-04-01/Accounts/${login.username}/${path}.json?PageSize=1000`;
  const reply = await app.get(address, login);
  assert.equal(reply.status, 200, reply.text);
  return reply.json[name] as Record<string, string>[];
}

function countsBy(rows: readonly Record<string, string>[], field: string) {
  const groups = Map.groupBy(rows, (row) => row[field] ?? '');
  return Object.fromEntries([...groups].map(([value, some]) => [value, some.length]));
}

onEveryEngine('the log of a first start', (engine) => {
  test('has messages, calls and recordings of every kind, over a month', async () => {
    await using app = await testApp({ engine });
    const world = await aFirstStart(app);
    const login = await customerOf(app, world);
    const messages = await listOf(app, login, 'Messages', 'messages');
    assert.ok(messages.length > 50);
    const states = countsBy(messages, 'status');
    for (const status of ['delivered', 'received', 'undelivered', 'failed', 'sent']) {
      assert.ok((states[status] ?? 0) > 0, status);
    }
    const calls = await listOf(app, login, 'Calls', 'calls');
    assert.equal(calls.length, 40);
    const endings = Object.keys(countsBy(calls, 'status')).toSorted();
    assert.deepEqual(endings, ['busy', 'canceled', 'completed', 'failed', 'no-answer']);
    assert.equal((await listOf(app, login, 'Recordings', 'recordings')).length, 2);
    assert.equal((await listOf(app, login, 'Transcriptions', 'transcriptions')).length, 2);
    const numbers = await listOf(app, login, 'IncomingPhoneNumbers', 'incoming_phone_numbers');
    assert.deepEqual(countsBy(numbers, 'type'), { local: 2, 'toll-free': 1 });

    const dates = [...messages, ...calls].map((one) => Date.parse(one['date_created'] ?? ''));
    const ago = app.app.now() - Math.min(...dates);
    assert.ok(ago > 25 * DAY_MS && ago < 30 * DAY_MS);
    assert.ok(Math.max(...dates) <= app.app.now());
  });

  test('is metered, so that prices, usage and balance agree', async () => {
    await using app = await testApp({ engine });
    const world = await aFirstStart(app);
    const login = await customerOf(app, world);
    const found = await verify(app.app);
    assert.deepEqual(found.differences, []);
    assert.ok(found.checked.events > 80);
    const priced = [
      ...(await listOf(app, login, 'Messages', 'messages')),
      ...(await listOf(app, login, 'Calls', 'calls')),
      ...(await listOf(app, login, 'Recordings', 'recordings')),
      ...(await listOf(app, login, 'Transcriptions', 'transcriptions')),
    ];
    // In ten-thousandths, in which each of the prices is a whole number.
    const units = (price: unknown) => Math.round(Number(price ?? 0) * 10_000);
    const pending = priced.filter(({ status }) => status === 'sent');
    const shown = priced.reduce((sum, { price }) => sum - units(price), 0);
    const rents = units('1.15') * 2 + units('2.15');
    const [total] = await listOf(app, login, 'Usage/Records/AllTime', 'usage_records').then(
      (records) => records.filter(({ category }) => category === 'totalprice'),
    );
    const spent = units(total?.['price']);
    assert.equal(spent, shown + rents + pending.length * units('0.0079'));
    const balance = await app.get(`/2010-04-01/Accounts/${login.username}/Balance.json`, login);
    assert.equal(units(balance.json.balance), units(1_000) - spent);
  });

  test('comes back with a reset, under the same names', async () => {
    await using app = await testApp({ engine });
    const world = await aFirstStart(app);
    const login = await customerOf(app, world);
    const all = async () => {
      const messages = await listOf(app, login, 'Messages', 'messages');
      const calls = await listOf(app, login, 'Calls', 'calls');
      const numbers = await listOf(app, login, 'IncomingPhoneNumbers', 'incoming_phone_numbers');
      const bodies = messages.map(({ sid, body, status, to, from }) => [
        sid,
        body,
        status,
        to,
        from,
      ]);
      const lines = [...calls, ...numbers].map(({ sid, status, duration, phone_number }) => [
        sid,
        status,
        duration,
        phone_number,
      ]);
      return [bodies, lines];
    };
    const before = await all();
    const { username } = login;
    const sent = await app.post(`/2010-04-01/Accounts/${username}/Messages.json`, login, {
      To: '+14155550199',
      From:
        (await listOf(app, login, 'IncomingPhoneNumbers', 'incoming_phone_numbers'))[0]?.[
          'phone_number'
        ] ?? '',
      Body: 'One more',
    });
    assert.equal(sent.status, 201, sent.text);
    assert.notDeepEqual(await all(), before);
    assert.equal((await app.control('POST', '/reset')).status, 204);
    assert.deepEqual(await all(), before);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('leaves no tasks except the rent of its numbers', async () => {
    await using app = await testApp({ engine });
    const world = await aFirstStart(app);
    const login = await customerOf(app, world);
    const rented = async () => {
      const records = await listOf(app, login, 'Usage/Records/AllTime', 'usage_records');
      return records.find(({ category }) => category === 'phonenumbers')?.['count'];
    };
    assert.deepEqual(await app.deliver(), { tried: 0, delivered: 0 });
    assert.equal(await rented(), '3');
    app.advance(5 * DAY_MS);
    await app.deliver();
    assert.equal(await rented(), '6');
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
