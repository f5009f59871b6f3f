import assert from 'node:assert/strict';
import { aNumber, aService, OURS, THEIRS } from '../support/messages.ts';
import { connectLogin, type TestApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** Does every operation on messages through the official SDK, as an app in its subaccount. */
export async function sendsMessages(app: TestApp, origin: string): Promise<void> {
  const [developer, customer] = [await app.anAccount(), await app.anAccount()];
  const grant = await app.aGrant(await app.aConnectApp(developer), customer);
  await aNumber(app, { sid: grant.subaccount_sid });
  const client = sdk(origin, connectLogin(grant, developer));
  await using files = await webhookReceiver(() => ({
    status: 200,
    headers: { 'content-type': 'image/gif' },
    body: 'GIF89a',
  }));
  const sent = await client.messages.create({
    to: THEIRS,
    from: OURS,
    body: 'Zażółć gęślą jaźń 👋',
    mediaUrl: [`${files.origin}/a.gif`],
    statusCallback: `${files.origin}/status`,
    provideFeedback: true,
    validityPeriod: 60,
  });
  assert.equal(sent.status, 'queued');
  assert.equal(sent.numMedia, '1');
  assert.equal(sent.price, null);
  await assertRefused(client.messages(sent.sid).remove(), 409, 20009);
  const used = await client.usage.records.today.list({ category: 'mms-outbound' });
  assert.equal(used[0]?.count, '1');
  app.advance(2_000);
  await app.deliver();

  const arrived = await client.messages(sent.sid).fetch();
  assert.equal(arrived.status, 'delivered');
  assert.equal(arrived.dateSent.getTime(), app.app.now());
  const since = new Date(app.app.now() - 60_000);
  assert.deepEqual(sidsOf(await client.messages.list({ dateSentAfter: since })), [sent.sid]);
  assert.deepEqual(await client.messages.list({ dateSentBefore: since }), []);
  assert.deepEqual(sidsOf(await client.messages.list({ dateSent: new Date(app.app.now()) })), [
    sent.sid,
  ]);
  assert.deepEqual(sidsOf(await client.messages.list({ to: THEIRS, from: OURS })), [sent.sid]);

  const [media] = await arrived.media().list({ dateCreatedAfter: since });
  assert.equal(media?.contentType, 'image/gif');
  const one = arrived.media().get(media.sid);
  assert.equal((await one.fetch()).parentSid, sent.sid);
  assert.equal(await one.remove(), true);
  const feedback = await arrived.feedback().create({ outcome: 'confirmed' });
  assert.equal(feedback.outcome, 'confirmed');
  assert.equal((await arrived.update({ body: '' })).body, '');
  assert.equal(await arrived.remove(), true);
  await assertRefused(client.messages(sent.sid).fetch(), 404, 20404);

  const scheduled = await client.messages.create({
    to: THEIRS,
    body: 'Later',
    messagingServiceSid: (await aService(app, { sid: grant.subaccount_sid })).sid,
    scheduleType: 'fixed',
    sendAt: new Date(app.app.now() + 3_600_000),
  });
  assert.equal(scheduled.status, 'scheduled');
  const canceled = await client.messages(scheduled.sid).update({ status: 'canceled' });
  assert.equal(canceled.status, 'canceled');
  await assertRefused(client.messages.create({ to: 'nobody', from: OURS, body: '' }), 400, 21211);
  await assertRefused(client.messages.create({ to: THEIRS, body: 'Hello' }), 400, 21603);
}
