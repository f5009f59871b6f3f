import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type App, openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { meterUsage } from '../../src/usage/meter-usage.ts';
import { readUsage, type ToldUsage } from '../../src/usage/read-usage.ts';
import { verify } from '../../src/verify/verify.ts';
import { ENGINES, onEveryEngine, type TestAccount, testApp } from '../support/test-app.ts';

const ROUNDS = 25;
const CATEGORIES = ['sms-outbound-longcode', 'calls-inbound-local', 'mms-inbound', 'recordings'];

/** An event of each category in each account. */
function batchOf(accounts: readonly TestAccount[], name: string): ToldUsage[] {
  return accounts.flatMap(({ sid }) =>
    CATEGORIES.map((category) => ({ account_sid: sid, category, key: `${name} ${category}` })),
  );
}

async function assertAgrees(app: App, events: number): Promise<void> {
  const { checked, differences } = await verify(app);
  assert.deepEqual([checked.events, differences], [events, []]);
}

onEveryEngine('one batch that is sent fifty times at the same moment', (engine) => {
  test('is counted once and answered each time', async () => {
    await using app = await testApp({ engine });
    const main = await app.anAccount();
    const batch = batchOf([main, await app.aSubaccount(main), await app.anAccount()], 'the same');
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => app.control('POST', '/usage', batch)),
    );
    const counts = replies.map(({ status, json }) => [status, json.accepted, json.repeated].join());
    const again = Array.from({ length: 49 }, () => `200,0,${batch.length}`);
    assert.deepEqual(counts.toSorted(), [...again, `200,${batch.length},0`].toSorted());
    await assertAgrees(app.app, batch.length);
  });
});

if (ENGINES.includes('postgres')) {
  test('two processes that record usage of the same accounts in opposite orders take turns', async () => {
    await using one = await testApp({ engine: 'postgres' });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    try {
      const accounts: TestAccount[] = [];
      for (let number = 0; number < 20; number += 1) accounts.push(await one.anAccount());
      let runs = 0;
      const tell = async (app: App, name: string, inOrder: (batch: ToldUsage[]) => ToldUsage[]) => {
        for (let round = 0; round < ROUNDS; round += 1) {
          const batch = inOrder(batchOf(accounts, `${name} ${round}`));
          await act(app, OPERATOR, async (doing) => {
            // A transaction that the database ends for a deadlock runs once more.
            runs += 1;
            await meterUsage(doing, await readUsage(doing, batch));
          });
        }
      };
      await Promise.all([
        tell(one.app, 'one', (batch) => batch),
        tell(two, 'two', (batch) => batch.toReversed()),
      ]);
      assert.equal(runs, 2 * ROUNDS);
      await assertAgrees(one.app, 2 * ROUNDS * accounts.length * CATEGORIES.length);
    } finally {
      await two.close();
    }
  });
}
