import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { suite, test } from 'node:test';
import { fetchChildren, fetchLiveCalls } from '../../src/calls/call-store.ts';
import type { Tx } from '../../src/db/database.ts';
import { fetchScheduled, muteMessagesOfGrant } from '../../src/messages/message-store.ts';
import { asSystem, testApp } from '../support/test-app.ts';

/** Runs searches, and asks SQLite for the plan of each statement that it prepares meanwhile. */
async function plansOf(searches: (tx: Tx, account_sid: string) => Promise<void>) {
  await using app = await testApp({ engine: 'memory' });
  const { sid } = await app.anAccount();
  const plans: string[] = [];
  const prototype = DatabaseSync.prototype as { prepare: DatabaseSync['prepare'] };
  const { prepare } = prototype;
  prototype.prepare = function explained(this: DatabaseSync, text, ...rest) {
    const plan = prepare.call(this, `explain query plan ${text}`).all();
    plans.push(plan.map(({ detail }) => String(detail)).join('; '));
    return prepare.call(this, text, ...rest);
  };
  try {
    await asSystem(app, ({ tx }) => searches(tx, sid));
  } finally {
    prototype.prepare = prepare;
  }
  return plans;
}

suite('a search for a few rows of an account', () => {
  test('does not read all its calls and messages', async () => {
    const plans = await plansOf(async (tx, account_sid) => {
      await fetchChildren(tx, account_sid, 'CA');
      await fetchLiveCalls(tx, account_sid);
      await fetchScheduled(tx, account_sid, null);
      await muteMessagesOfGrant(tx, account_sid, 'CG');
    });
    assert.equal(plans.filter((plan) => /SEARCH (?:calls|messages)/.test(plan)).length, 4);
    for (const plan of plans) assert.doesNotMatch(plan, /(?:calls|messages)_by_account/);
  });
});
