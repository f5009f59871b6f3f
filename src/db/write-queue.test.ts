import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sql } from 'kysely';
import { ENGINES, onEveryStorage, testApp } from '../../test/support/test-app.ts';
import { endConnections } from '../../test/support/test-database.ts';
import { ApiError } from '../kit/api-error.ts';
import { mayWait, NotYetError } from './run-deeds.ts';
import { readSetting, writeSetting } from './settings-store.ts';
import { SPARE_LANE } from './write-queue.ts';

onEveryStorage('the write queue', (engine) => {
  test('commits the writes of concurrent requests together', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const transactions = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        database.write(async (tx) => {
          await writeSetting(tx, `name ${index}`, String(index));
          return tx;
        }),
      ),
    );
    assert.ok(new Set(transactions).size < transactions.length / 2);
    assert.equal(await readSetting(database.db, 'name 49'), '49');
  });

  test('undoes a deed that throws, and only that one', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const refusal = new ApiError(400, 20001, 'no');
    const outcomes = await Promise.allSettled([
      database.write((tx) => writeSetting(tx, 'before', 'kept')),
      database.write(async (tx) => {
        await writeSetting(tx, 'refused', 'gone');
        throw refusal;
      }),
      database.write(async (tx) => {
        await writeSetting(tx, 'broken', 'gone');
        // The engine refuses this statement. On PostgreSQL that aborts the surrounding transaction.
        await tx.insertInto('settings').values({ name: 'broken', value: 'again' }).execute();
      }),
      database.write((tx) => writeSetting(tx, 'after', 'kept')),
    ]);
    assert.deepEqual(
      outcomes.map((outcome) => outcome.status),
      ['fulfilled', 'rejected', 'rejected', 'fulfilled'],
    );
    assert.equal((outcomes[1] as PromiseRejectedResult).reason, refusal);
    const kept = await Promise.all(
      ['before', 'refused', 'broken', 'after'].map((name) => readSetting(database.db, name)),
    );
    assert.deepEqual(kept, ['kept', undefined, undefined, 'kept']);
  });

  test('shows each deed what the ones before it did, and nobody else until the commit', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const first = database.write((tx) => writeSetting(tx, 'key', 'first'));
    const second = database.write((tx) => readSetting(tx, 'key'));
    const outside = await readSetting(database.db, 'key');
    assert.equal(await second, 'first');
    await first;
    assert.ok(outside === undefined || outside === 'first');
    assert.equal(await readSetting(database.db, 'key'), 'first');
  });

  test('refuses more than may wait, at once and with a time to try again', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const writes = Array.from({ length: 10_001 }, () => database.write(async () => 'done'));
    const outcomes = await Promise.allSettled(writes);
    const refused = outcomes.filter((outcome) => outcome.status === 'rejected');
    assert.equal(refused.length, 1);
    assert.equal(refused[0]?.reason.status, 503);
    assert.equal(refused[0]?.reason.headers['Retry-After'], '1');
  });

  test('drops what nobody waits for before the write of anybody, whenever it came', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const statuses = async (writes: Promise<unknown>[]) =>
      (await Promise.allSettled(writes)).map(({ status }) => status);
    const spare = () => database.write(async () => 'spare', SPARE_LANE);
    const early = [spare(), spare()];
    const writes = Array.from({ length: 10_000 }, () => database.write(async () => 'done'));
    const late = [spare()];
    assert.deepEqual(await statuses([...early, ...late]), ['rejected', 'rejected', 'rejected']);
    assert.ok((await statuses(writes)).every((status) => status === 'fulfilled'));
    assert.equal(await spare(), 'spare');
  });

  test('commits what was done before a deed that may not wait, and runs that one first', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const order: string[] = [];
    const note = (name: string) =>
      database.write(async (tx) => {
        order.push(name);
        await writeSetting(tx, name, 'written');
        return tx;
      });
    const [before, waited, after] = await Promise.all([
      note('before'),
      database.write(async (tx) => {
        await writeSetting(tx, 'waits', 'written');
        if (!mayWait(tx)) throw new NotYetError();
        order.push('waits');
        return tx;
      }),
      note('after'),
    ]);
    assert.deepEqual(order, ['before', 'waits', 'after']);
    assert.notEqual(before, waited);
    assert.equal(waited, after);
    assert.equal(await readSetting(database.db, 'waits'), 'written');
  });

  for (const change of ['a change', 'no change']) {
    test(`keeps the order of a lane when its first deed waits for a lock after ${change}`, async () => {
      await using app = await testApp({ engine });
      const { database } = app.app;
      const timeout = Object.assign(new Error('lock timeout'), { code: '55P03' });
      const order: string[] = [];
      const deed = (name: string, failures: number) => {
        let left = failures;
        return database.write(async (tx) => {
          if (change === 'a change' || left === 0) await writeSetting(tx, name, 'written');
          left -= 1;
          if (left >= 0) throw timeout;
          order.push(name);
        }, 'lane');
      };
      await Promise.all([deed('first', 2), deed('second', 0), deed('third', 0)]);
      assert.deepEqual(order, ['first', 'second', 'third']);
      assert.equal(await readSetting(database.db, 'first'), 'written');
    });
  }

  test('runs deeds again after a deadlock, and gives up with a time to try again', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const deadlock = Object.assign(new Error('deadlock detected'), { code: '40P01' });
    let runs = 0;
    const outcomes = await Promise.allSettled([
      database.write(async () => {
        runs += 1;
        throw deadlock;
      }),
      database.write((tx) => writeSetting(tx, 'neighbour', 'written')),
    ]);
    assert.deepEqual(
      outcomes.map(({ status }) => status),
      ['rejected', 'fulfilled'],
    );
    const { reason } = outcomes[0] as PromiseRejectedResult;
    assert.equal(reason.status, 503);
    assert.equal(reason.headers['Retry-After'], '1');
    assert.equal(runs, 5);
    assert.equal(await readSetting(database.db, 'neighbour'), 'written');
  });
});

/** Longer than the time after which a transaction takes no further deed (src/db/run-deeds.ts). */
const LONG_DEED_MS = 1_100;

for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('deeds that had not begun when their connection broke are done in the next transaction', async () => {
    await using app = await testApp({ engine });
    const { database } = app.app;
    const [cut, waited] = await Promise.allSettled([
      database.write(async (tx) => {
        const { rows } = await sql<{ pid: number }>`select pg_backend_pid() as pid`.execute(tx);
        await endConnections(Number(rows[0]?.pid));
        await new Promise((resolve) => setTimeout(resolve, LONG_DEED_MS));
      }),
      database.write((tx) => writeSetting(tx, 'waited', 'written')),
    ]);
    assert.equal(cut.status === 'rejected' && cut.reason.status, 503);
    assert.match(String(cut.status === 'rejected' && cut.reason), /may have been made/);
    assert.equal(waited.status, 'fulfilled');
    assert.equal(await readSetting(database.db, 'waited'), 'written');
  });
}
