import assert from 'node:assert/strict';
import type twilio from 'twilio';
import { aNumber, anApplication, OUTSIDE, settle } from '../support/calls.ts';
import { connectLogin, type TestApp } from '../support/test-app.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

const LONG = '<Response><Pause length="100"/></Response>';

/** Does every operation on calls and recordings through the official SDK, as an app. */
export async function makesCalls(app: TestApp, origin: string): Promise<void> {
  const [developer, customer] = [await app.anAccount(), await app.anAccount()];
  const grant = await app.aGrant(await app.aConnectApp(developer), customer);
  const login = connectLogin(grant, developer);
  const from = await aNumber(app, { sid: grant.subaccount_sid }, login);
  const client = sdk(origin, login);
  const sid = await redirects(app, client, from);
  await records(app, client, from);
  await transcribes(app, client, from);
  assert.equal(await client.calls(sid).remove(), true);
  await assertRefused(client.calls(sid).fetch(), 404, 20404);
}

async function redirects(app: TestApp, client: twilio.Twilio, from: string): Promise<string> {
  const made = await client.calls.create({
    to: OUTSIDE,
    from,
    twiml: LONG,
    statusCallbackEvent: ['initiated', 'answered'],
    machineDetection: 'Enable',
    timeout: 30,
  });
  assert.deepEqual(
    [made.status, made.direction, made.price, made.toFormatted],
    ['queued', 'outbound-api', null, '(500) 555-1234'],
  );
  await assertRefused(client.calls(made.sid).remove(), 409, 20009);
  await assertRefused(client.calls.create({ to: 'x', from, twiml: LONG }), 400, 21211);
  await settle(app, 600);
  const call = client.calls(made.sid);
  assert.equal((await call.fetch()).answeredBy, 'human');
  const redirected = await call.update({ twiml: LONG });
  assert.equal(redirected.status, 'in-progress');
  assert.deepEqual(sidsOf(await client.calls.list({ status: 'in-progress' })), [made.sid]);
  const ended = await call.update({ status: 'completed' });
  assert.ok(ended.endTime instanceof Date && ended.startTime instanceof Date);
  const startTimeAfter = new Date(app.app.now() - 60_000);
  assert.deepEqual(sidsOf(await client.calls.list({ to: OUTSIDE, startTimeAfter })), [made.sid]);
  await assertRefused(call.update({ status: 'completed' }), 400, 21220);
  return made.sid;
}

async function records(app: TestApp, client: twilio.Twilio, from: string): Promise<void> {
  const { sid } = await client.calls.create({ to: OUTSIDE, from, twiml: LONG });
  await settle(app, 600);
  const { recordings } = client.calls(sid);
  const started = await recordings.create({ recordingChannels: 'dual' });
  assert.deepEqual([started.status, started.channels], ['in-progress', 2]);
  app.advance(100);
  const current = client.calls(sid).recordings('Twilio.CURRENT');
  assert.equal(
    (await current.update({ status: 'paused', pauseBehavior: 'skip' })).status,
    'paused',
  );
  assert.equal((await current.update({ status: 'in-progress' })).status, 'in-progress');
  assert.equal((await current.update({ status: 'stopped' })).status, 'completed');
  const again = await recordings.create();
  await settle(app);
  assert.deepEqual(sidsOf(await recordings.list()), [again.sid, started.sid]);
  assert.equal((await recordings(started.sid).fetch()).callSid, sid);
  assert.equal(await recordings(again.sid).remove(), true);
  assert.deepEqual(sidsOf(await client.recordings.list({ callSid: sid })), [started.sid]);
  const fetched = await client.recordings(started.sid).fetch();
  assert.equal(fetched.duration, '10');
  assert.ok(fetched.mediaUrl.endsWith(`/Recordings/${started.sid}`));
  assert.equal(await client.recordings(started.sid).remove(), true);
  const deleted = await client.recordings(started.sid).fetch({ includeSoftDeleted: true });
  assert.equal(deleted.status, 'deleted');
  await assertRefused(client.recordings(started.sid).remove(), 404, 20404);
}

async function transcribes(app: TestApp, client: twilio.Twilio, from: string): Promise<void> {
  await using asked = await anApplication({
    '/voice': '<Record transcribe="true" action="/end"/>',
    '/end': '<Hangup/>',
  });
  for (let count = 0; count < 2; count += 1) {
    await client.calls.create({ to: OUTSIDE, from, url: `${asked.origin}/voice` });
    await settle(app);
  }
  const [second, first] = await client.transcriptions.list();
  assert.ok(first && second);
  assert.match(first.transcriptionText, /5 seconds/);
  assert.equal((await client.transcriptions(first.sid).fetch()).status, 'completed');
  const below = client.recordings(second.recordingSid).transcriptions;
  assert.deepEqual(sidsOf(await below.list()), [second.sid]);
  assert.equal((await below(second.sid).fetch()).type, 'fast');
  assert.equal(await below(second.sid).remove(), true);
  assert.equal(await client.transcriptions(first.sid).remove(), true);
  assert.deepEqual(await client.transcriptions.list(), []);
}
