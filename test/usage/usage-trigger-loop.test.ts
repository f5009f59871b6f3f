import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const TRIGGERS = 5;
/** More rounds than a chain of all triggers needs. */
const ROUNDS = 3 * TRIGGERS;

onEveryEngine('an application whose callback reports usage', (engine) => {
  test('is called once by each trigger, and the chain ends', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    let events = 0;
    const use = async () => {
      events += 1;
      const event = { account_sid: account.sid, category: 'sms', key: `event ${events}` };
      const { status, text } = await app.control('POST', '/usage', event);
      assert.equal(status, 200, text);
    };
    await using receiver = await webhookReceiver(async () => {
      await use();
      return { status: 200 };
    });
    // Each callback makes the sum reach the next trigger.
    for (let value = 1; value <= TRIGGERS; value += 1) {
      const path = `/2010-04-01/Accounts/${account.sid}/Usage/Triggers.json`;
      const { status, text } = await app.post(path, loginOf(account), {
        CallbackUrl: `${receiver.origin}/${value}`,
        TriggerValue: String(value),
        TriggerBy: 'count',
        UsageCategory: 'sms',
        Recurring: 'daily',
      });
      assert.equal(status, 201, text);
    }
    await use();
    for (let round = 0; round < ROUNDS; round += 1) await app.deliver();
    assert.equal(receiver.received.length, TRIGGERS);
    assert.equal(new Set(receiver.received.map(({ url }) => url)).size, TRIGGERS);
    assert.equal(events, 1 + TRIGGERS);
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
