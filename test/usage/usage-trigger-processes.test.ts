import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { openApp } from '../../src/app.ts';
import { type Act, act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage } from '../../src/usage/read-usage.ts';
import { deleteTrigger } from '../../src/usage/usage-trigger-store.ts';
import { listDeliveries } from '../../src/webhooks/delivery-store.ts';
import { ENGINES, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';
import { firesOf, makeTrigger } from '../support/usage-triggers.ts';

/** Only PostgreSQL has more than one process. */
for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  const used = async (doing: Act, account: TestAccount, count: number, key: string) => {
    const told = [{ account_sid: account.sid, category: 'sms', count, key }];
    await meterUsage(doing, await readUsage(doing, told));
  };

  /** Two processes on one database, and an account that both know. */
  async function twoProcesses() {
    const one = await testApp({ engine });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    const account = await one.anAccount();
    return {
      one,
      two,
      account,
      async [Symbol.asyncDispose]() {
        await two.close();
        await one[Symbol.asyncDispose]();
      },
    };
  }

  /** Runs the first deed and starts the second before the commit. The second must wait. */
  async function meanwhile(
    world: Awaited<ReturnType<typeof twoProcesses>>,
    first: (doing: Act) => Promise<unknown>,
    second: (doing: Act) => Promise<unknown>,
  ): Promise<void> {
    let isWaiting = true;
    let other: Promise<unknown> = Promise.resolve();
    await act(world.one.app, OPERATOR, async (doing) => {
      await first(doing);
      other = act(world.two, OPERATOR, second).finally(() => {
        isWaiting = false;
      });
      await waitForLock(world.one);
      assert.ok(isWaiting);
    });
    await other;
  }

  /** Waits until a connection of this database waits for the lock of another. */
  async function waitForLock({ app }: TestApp): Promise<void> {
    for (;;) {
      const { rows } = await sql<{ waiting: number }>`
        select 1 as waiting from pg_stat_activity
        where datname = current_database() and wait_event_type = 'Lock'`.execute(app.database.db);
      if (rows.length > 0) return;
      await setTimeout(5);
    }
  }

  test('a trigger that is made while the first usage commits in another process fires', async () => {
    await using world = await twoProcesses();
    const { account } = world;
    await meanwhile(
      world,
      (doing) => used(doing, account, 10, 'first'),
      (doing) => makeTrigger(doing, account, 5),
    );
    assert.equal((await firesOf(world.one)).length, 1);
  });

  test('usage that commits while a trigger is made in another process fires it', async () => {
    await using world = await twoProcesses();
    const { account } = world;
    await meanwhile(
      world,
      (doing) => makeTrigger(doing, account, 5),
      (doing) => used(doing, account, 10, 'first'),
    );
    assert.equal((await firesOf(world.one)).length, 1);
  });

  test('a trigger that another process deletes meanwhile fires nothing', async () => {
    await using world = await twoProcesses();
    const { account, one } = world;
    const { sid } = await act(one.app, OPERATOR, (doing) => makeTrigger(doing, account, 5));
    await meanwhile(
      world,
      ({ tx }) => deleteTrigger(tx, account.sid, sid),
      (doing) => used(doing, account, 10, 'first'),
    );
    assert.deepEqual(await firesOf(one), []);
    assert.deepEqual(await listDeliveries(one.app.database.db, {}, 9), []);
  });

  test('two processes that get the same usage fire every trigger once', async () => {
    await using world = await twoProcesses();
    const { account, one, two } = world;
    const deeds: Promise<unknown>[] = [];
    for (let number = 1; number <= 40; number += 1) {
      const maker = number % 2 === 0 ? one.app : two;
      deeds.push(act(maker, OPERATOR, (doing) => makeTrigger(doing, account, number)));
      for (const app of [one.app, two]) {
        deeds.push(act(app, OPERATOR, (doing) => used(doing, account, 1, `event ${number}`)));
      }
      if (number % 10 === 0) await Promise.all(deeds);
    }
    await Promise.all(deeds);
    assert.equal((await firesOf(one)).length, 40);
    assert.equal((await listDeliveries(one.app.database.db, {}, 100)).length, 40);
    // No transaction was a deadlock, which the database would see after a second.
    const again = one.logLines.filter((line) => line.includes('a transaction is run again'));
    assert.deepEqual(again, []);
  });
}
