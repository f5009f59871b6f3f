import assert from 'node:assert/strict';
import { test } from 'node:test';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { WRITE_CONNECTIONS } from '../../src/db/open-database.ts';
import { meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage } from '../../src/usage/read-usage.ts';
import {
  loginOf,
  onEveryStorage,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/** The most waiting writes (src/db/write-queue.ts). */
const MAX_QUEUED = 10_000;
/** The most writes of one commit (src/db/write-queue.ts). */
const MAX_BATCH = 256;

/** The time after which the lane opens by itself, so that a queue without a bound ends the test. */
const LATEST_MS = 20_000;

const CATEGORY = 'calls-client';

/** Queues one event at this moment. Over HTTP it would come a little later. */
function meter(app: TestApp, { sid }: TestAccount, key: string) {
  const told = { account_sid: sid, category: CATEGORY, key };
  return act(
    app.app,
    OPERATOR,
    async (doing) => meterUsage(doing, await readUsage(doing, [told])),
    sid,
  );
}

/** Blocks all transactions that may write at the same time, until they are let go. */
async function holdUp({ app }: TestApp): Promise<{ letGo(): Promise<unknown> }> {
  const gate = Promise.withResolvers<void>();
  const latest = setTimeout(() => gate.resolve(), LATEST_MS);
  // SQLite runs one transaction at a time. On PostgreSQL two lanes that wait at the same time can
  // share a transaction, so the next one comes when this one runs.
  const transactions = app.database.engine === 'postgres' ? WRITE_CONNECTIONS : 1;
  const held: Promise<void>[] = [];
  for (let index = 0; index < transactions; index += 1) {
    const entered = Promise.withResolvers<void>();
    const deed = async () => {
      entered.resolve();
      await gate.promise;
    };
    held.push(app.database.write(deed, `held ${index}`));
    await entered.promise;
  }
  return {
    letGo() {
      clearTimeout(latest);
      gate.resolve();
      return Promise.all(held);
    },
  };
}

async function countOf(app: TestApp, account: TestAccount): Promise<string> {
  const path = `/2010-04-01/Accounts/${account.sid}/Usage/Records/Today.json?Category=${CATEGORY}`;
  const { status, json, text } = await app.get(path, loginOf(account));
  assert.equal(status, 200, text);
  return json.usage_records[0].count;
}

onEveryStorage('usage beyond the speed of the database', (engine) => {
  test('is refused with a time to try again, is not counted, and is accepted when there is room', async () => {
    await using app = await testApp({ engine });
    const [flood, other] = [await app.anAccount(), await app.anAccount()];
    // The note of a credential's first use takes a place among the writes.
    assert.deepEqual([await countOf(app, flood), await countOf(app, other)], ['0', '0']);
    // The main account of an account is read once. In memory that read would wait for the lanes.
    const early = { account_sid: other.sid, category: CATEGORY, key: 'early' };
    assert.equal((await app.control('POST', '/usage', early)).status, 200);
    const lane = await holdUp(app);
    const taken = Array.from({ length: 50 }, (_, number) => meter(app, flood, `key ${number}`));
    const room = MAX_QUEUED - app.app.database.waiting();
    const rest = Array.from({ length: room }, () =>
      app.app.database.write(async () => {}, other.sid),
    );

    const event = { account_sid: other.sid, category: CATEGORY, key: 'late' };
    const refused = await app.control('POST', '/usage', event);
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.headers['retry-after'], '1');
    // Data in memory has one connection, so reads wait for the blocked transaction.
    if (engine !== 'memory') assert.equal(await countOf(app, flood), '0');

    await lane.letGo();
    await Promise.all(rest);
    assert.deepEqual(
      await Promise.all(taken),
      taken.map(() => ({ accepted: 1, repeated: 0 })),
    );
    assert.deepEqual([await countOf(app, flood), await countOf(app, other)], ['50', '1']);
    const again = await app.control('POST', '/usage', event);
    assert.deepEqual([again.status, again.json], [200, { accepted: 1, repeated: 0 }]);
    assert.equal(await countOf(app, other), '2');
  });

  test("is accepted in turn, so that another account's later flood does not overtake it", async () => {
    await using app = await testApp({ engine });
    const [flood, other] = [await app.anAccount(), await app.anAccount()];
    const lane = await holdUp(app);
    const order: string[] = [];
    const send = (account: TestAccount, key: string) =>
      meter(app, account, key).then(() => void order.push(key));
    const sent = [send(flood, 'first'), send(other, 'other')];
    for (let number = 1; number <= MAX_BATCH; number += 1) {
      sent.push(send(flood, `later ${number}`));
    }
    await lane.letGo();
    await Promise.all(sent);
    assert.deepEqual(order.slice(0, 2).toSorted(), ['first', 'other']);
    assert.equal(order.at(-1), `later ${MAX_BATCH}`);
  });

  test('of one account leaves room for every other account in any flood', async () => {
    await using app = await testApp({ engine });
    const [flood, other] = [await app.anAccount(), await app.anAccount()];
    const lane = await holdUp(app);
    const flooded = Array.from({ length: MAX_QUEUED + 1 }, (_, number) =>
      meter(app, flood, `key ${number}`).then(
        () => 'counted',
        ({ status }) => status,
      ),
    );
    const order: string[] = [];
    const one = meter(app, other, 'one').then(() => void order.push('other'));
    const last = flooded[MAX_QUEUED - 2]?.then(() => void order.push('flood'));
    await lane.letGo();
    await one;
    await last;
    assert.equal(order[0], 'other', 'it waits for no more than its turn');
    const answers = await Promise.all(flooded);
    assert.ok(answers.includes(503), 'what is too much is refused');
    assert.equal(await countOf(app, other), '1');
    assert.equal(
      await countOf(app, flood),
      String(answers.filter((answer) => answer === 'counted').length),
    );
  });
});
