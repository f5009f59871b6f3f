import assert from 'node:assert/strict';
import { test } from 'node:test';
import { digestOfData } from '../support/digest.ts';
import { aNumber, OURS, THEIRS, TWO_SECONDS } from '../support/messages.ts';
import { loginOf, onEveryStorage, testApp } from '../support/test-app.ts';
import { attemptsOf, deliveryOf, enqueue } from '../support/webhook.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

onEveryStorage('work under way', (engine) => {
  test('in a kept world is done after its restore, and not by a worker of another world', async () => {
    await using app = await testApp({ engine });
    const answering = Promise.withResolvers<void>();
    await using receiver = await webhookReceiver(async (_, index) => {
      if (index === 0) await answering.promise;
      return { status: index === 0 ? 500 : 200 };
    });
    const sid = await enqueue(app, await app.anAccount(), receiver.origin);
    const asEnqueued = await deliveryOf(app, sid);
    const delivering = app.deliver();
    await receiver.arrived(1);
    assert.equal((await deliveryOf(app, sid)).state, 'leased');
    assert.equal((await app.control('POST', '/snapshots', { name: 'kept' })).status, 201);
    assert.equal((await app.control('POST', '/snapshots/kept/restore')).status, 204);
    assert.deepEqual(await deliveryOf(app, sid), asEnqueued, 'as if it had not been sent');

    answering.resolve();
    await delivering;
    const attempts = await attemptsOf(app, sid);
    assert.deepEqual(
      attempts.map(({ number, status }) => [number, status]),
      [[1, 200]],
      'what was answered to the world before is none of this one',
    );
    assert.equal((await deliveryOf(app, sid)).state, 'delivered');
    const tokens = receiver.received.map(({ headers }) => headers['i-twilio-idempotency-token']);
    assert.equal(tokens.length, 2);
    assert.equal(new Set(tokens).size, 1, 'a receiver can tell that it was sent again');
  });

  test('at the carrier is not recorded in a restored world and is done anew', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const login = loginOf(account);
    const path = `/2010-04-01/Accounts/${account.sid}/Messages`;
    const form = { From: OURS, To: THEIRS, Body: 'Hello' };
    const { json } = await app.post(`${path}.json`, login, form);
    await app.control('POST', '/snapshots', { name: 'kept' });
    const before = await digestOfData(app.app);
    app.advance(TWO_SECONDS);
    await app.app.database.write((tx) =>
      tx.updateTable('carrier_tasks').set({ lease: 'a worker', leased_until: 9e12 }).execute(),
    );
    await app.control('POST', '/snapshots', { name: 'leased' });
    await app.control('POST', '/snapshots/leased/restore');
    const tasks = await app.app.database.db.selectFrom('carrier_tasks').selectAll().execute();
    assert.equal(tasks.length, 2);
    for (const { lease, leased_until } of tasks)
      assert.deepEqual([lease, leased_until], [null, null]);
    await app.deliver();
    assert.equal((await app.get(`${path}/${json.sid}.json`, login)).json.status, 'delivered');
    await app.control('DELETE', '/snapshots/leased');
    await app.control('POST', '/snapshots/kept/restore');
    assert.equal(await digestOfData(app.app), before);
  });
});
