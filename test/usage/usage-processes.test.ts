import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage, type ToldUsage } from '../../src/usage/read-usage.ts';
import { verifyUsage } from '../../src/usage/verify-usage.ts';
import { seededRandom } from '../support/seeded-random.ts';
import { ENGINES, type TestAccount, testApp } from '../support/test-app.ts';

const TREES = 12;
const BATCHES = 100;
const EVENTS = 5;

/** Only PostgreSQL has more than one process. */
for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('two processes that get the same usage of many accounts take turns', async () => {
    await using one = await testApp({ engine });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    try {
      const trees: TestAccount[][] = [];
      for (let number = 0; number < TREES; number += 1) {
        const main = await one.anAccount();
        trees.push([main, await one.aSubaccount(main)]);
      }
      const accounts = trees.flat();
      const random = seededRandom(4);
      const batches = Array.from({ length: BATCHES }, (_, batch) =>
        Array.from({ length: EVENTS }, (_event, index): ToldUsage => {
          const account = accounts[random(accounts.length)] as TestAccount;
          return { account_sid: account.sid, category: 'sms', key: `${batch} ${index}` };
        }),
      );
      const meter = (app: App, told: readonly ToldUsage[]) =>
        act(app, OPERATOR, async (doing) => meterUsage(doing, await readUsage(doing, told)));
      const metered = await Promise.all([
        ...batches.map((told) => meter(one.app, told)),
        ...batches.toReversed().map((told) => meter(two, told)),
      ]);

      const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
      assert.equal(sum(metered.map(({ accepted }) => accepted)), BATCHES * EVENTS);
      assert.equal(sum(metered.map(({ repeated }) => repeated)), BATCHES * EVENTS);
      const wrong: unknown[] = [];
      let events = 0;
      for (const [main] of trees) {
        const { db } = one.app.database;
        const root_sid = main?.sid ?? '';
        events += (await verifyUsage(db, root_sid, (difference) => void wrong.push(difference)))
          .events;
      }
      assert.deepEqual(wrong, []);
      assert.equal(events, BATCHES * EVENTS);
      // No transaction was a deadlock, which the database would see after a second.
      const again = one.logLines.filter((line) => line.includes('a transaction is run again'));
      assert.deepEqual(again, []);
    } finally {
      await two.close();
    }
  });
}
