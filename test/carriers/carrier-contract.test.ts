import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CARRIER_KINDS } from '../../src/carriers/carrier-kinds.ts';
import { aNumber, read, send, TWO_SECONDS } from '../support/messages.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { type Fate, KINDS } from './carrier-kinds.ts';

test('the contract is tested with every kind of carrier that takes messages', () => {
  const kinds = Object.entries(CARRIER_KINDS).filter(([, kind]) =>
    kind.carries.includes('messages'),
  );
  assert.deepEqual(Object.keys(KINDS).toSorted(), kinds.map(([name]) => name).toSorted());
});

const COURSES: Readonly<Record<Fate, readonly string[]>> = {
  delivered: ['queued', 'sending', 'sent', 'delivered'],
  undelivered: ['queued', 'sending', 'sent', 'undelivered'],
  refused: ['queued', 'sending', 'failed'],
  silent: ['queued', 'sending', 'sent'],
};

for (const [kind, open] of Object.entries(KINDS)) {
  onEveryEngine(`a carrier of the kind ${kind}`, (engine) => {
    for (const [fate, course] of Object.entries(COURSES) as [Fate, readonly string[]][]) {
      test(`tells the whole course of a message that is ${fate}, and a repeat changes nothing`, async () => {
        await using app = await testApp({ engine });
        await using callbacks = await webhookReceiver();
        await using carrier = await open(app);
        const account = await app.anAccount();
        await aNumber(app, account);
        const StatusCallback = `${callbacks.origin}/status`;
        const { sid } = await send(app, account, { To: carrier.recipientOf(fate), StatusCallback });
        for (let round = 0; round < 3; round += 1) {
          app.advance(TWO_SECONDS);
          await app.deliver();
          await carrier.report();
        }
        await app.deliver();
        const told = callbacks.received.map(({ body }) =>
          new URLSearchParams(body).get('MessageStatus'),
        );
        assert.deepEqual(new Set(told), new Set(course));
        assert.equal(told.length, course.length);
        const { status, error_code } = await read(app, account, sid);
        assert.equal(status, course.at(-1));
        const code = {
          delivered: null,
          silent: null,
          undelivered: 30003,
          refused: carrier.refusal,
        };
        assert.equal(error_code, code[fate]);
      });
    }
  });
}
