import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ENGINES, testApp } from '../../test/support/test-app.ts';
import { openApp } from '../app.ts';
import type { Database } from './database.ts';
import { holdAccounts } from './hold-accounts.ts';

/** More than one process writes on PostgreSQL only. */
for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('who wants the accounts that each other holds commits first, and is not locked', async () => {
    await using one = await testApp({ engine });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    try {
      const first = await one.anAccount();
      const second = await one.anAccount();
      const holding = [Promise.withResolvers<void>(), Promise.withResolvers<void>()] as const;
      const order: string[] = [];
      /** Two deeds of one transaction: the second begins when both processes hold an account. */
      const hold = async (database: Database, place: 0 | 1, sids: readonly [string, string]) => {
        const deeds = sids.map((sid, index) =>
          database
            .write(async (tx) => {
              await holdAccounts(tx, engine, new Set([sid]));
              if (index === 0) holding[place].resolve();
              await Promise.all(holding.map(({ promise }) => promise));
              return tx;
            })
            .then((tx) => {
              order.push(`${place} ${index}`);
              return tx;
            }),
        );
        const [before, after] = await Promise.all(deeds);
        return before === after;
      };
      const shared = await Promise.all([
        hold(one.app.database, 0, [first.sid, second.sid]),
        hold(two.database, 1, [second.sid, first.sid]),
      ]);
      assert.ok(shared.includes(false), 'at least one of them committed before it waited');
      assert.equal(order.length, 4);
      assert.doesNotMatch(one.logLines.join(), /a transaction is run again/);
    } finally {
      await two.close();
    }
  });
}
