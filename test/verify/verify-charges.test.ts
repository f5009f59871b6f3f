import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Tx } from '../../src/db/database.ts';
import { verify } from '../../src/verify/verify.ts';
import { aCaller } from '../support/calls.ts';
import { post, THEIRS } from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('verifying charges', (engine) => {
  test('names a price without an entry in the ledger, and tasks that the carrier lacks', async () => {
    await using app = await testApp({ engine });
    const { account, number } = await aCaller(app);
    const form = { To: THEIRS, From: number };
    const sent = await post(app, account, form);
    const other = await post(app, account, form);
    assert.deepEqual([sent.status, other.status], [201, 201]);
    const { checked, differences } = await verify(app.app);
    assert.deepEqual([checked.charges, differences], [2, []]);

    const damage = (deed: (tx: Tx) => Promise<unknown>) =>
      app.app.database.write(async (tx) => void (await deed(tx)));
    const named = async () => {
      const found = (await verify(app.app)).differences;
      return found.map(({ promise, account_sid, what }) => {
        assert.equal(account_sid, account.sid);
        return `${promise}: ${what}`;
      });
    };
    const { sid } = sent.json;
    await damage((tx) =>
      tx.updateTable('messages').set({ price_micro: 5 }).where('sid', '=', sid).execute(),
    );
    assert.deepEqual(await named(), [
      `I2: The price of ${sid} is 0.000005, and the ledger says 0.0079.`,
    ]);
    await damage((tx) =>
      tx.updateTable('messages').set({ price_micro: null }).where('sid', '=', sid).execute(),
    );
    await damage((tx) => tx.deleteFrom('carrier_tasks').execute());
    const forgotten = await named();
    assert.equal(forgotten.length, 3, forgotten.join('\n'));
    for (const one of [sid, other.json.sid, /PN[0-9a-f]{32}/]) {
      assert.ok(
        forgotten.some((what) => new RegExp(one).test(what) && what.startsWith('I10: ')),
        forgotten.join('\n'),
      );
    }
  });
});
