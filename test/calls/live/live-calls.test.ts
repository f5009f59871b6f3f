import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate } from 'node:timers/promises';
import { DEAD_MS } from '../../../src/calls/live/leg-store.ts';
import { legsOf } from '../../../src/calls/live/own-legs.ts';
import { verify } from '../../../src/verify/verify.ts';
import {
  aCall,
  aCaller,
  anApplication,
  type Caller,
  fetchCall,
  notesOf,
  OUTSIDE,
  requestsTo,
  tasksLeft,
  usageOf,
  verbsOf,
} from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { type ALeg, aWire } from './a-wire.ts';
import { MAX_TURNS, until } from './until.ts';

/** Waits until no process has a leg. */
async function untilNoLeg({ app }: TestApp): Promise<void> {
  const count = async () => (await app.database.db.selectFrom('legs').selectAll().execute()).length;
  for (let turn = 0; turn < MAX_TURNS && (await count()) > 0; turn += 1) await setImmediate();
  assert.equal(await count(), 0);
}

/** A call that rings at its far end. */
async function aRingingCall(app: TestApp, caller: Caller, form: Record<string, string>) {
  const wire = aWire(app);
  const { sid } = await aCall(app, caller, form);
  await app.deliver();
  wire.leg.hear.ringing();
  await until(app, caller, sid, 'ringing');
  return { wire, leg: wire.leg, sid };
}

/** A call whose far end has answered, and hears the first act. */
async function anAnsweredCall(app: TestApp, caller: Caller, form: Record<string, string>) {
  const ringing = await aRingingCall(app, caller, form);
  ringing.leg.hear.answered('{"call_id":"1"}');
  await until(app, caller, ringing.sid, 'in-progress');
  await ringing.leg.heard();
  return ringing;
}

/** From here on, this server is another process, and the owner of all legs is silent. */
function fallSilent({ app }: TestApp): Promise<void> {
  return app.database.write(async (tx) => {
    await tx.updateTable('legs').set({ owner: 'dead' }).execute();
    await tx.updateTable('leg_owners').set({ id: 'dead' }).execute();
  });
}

async function says(leg: ALeg): Promise<string> {
  const act = await leg.heard();
  return act.kind === 'speak' && act.prompt.is === 'say' ? act.prompt.text : act.kind;
}

onEveryEngine('a call over a wire', (engine) => {
  test('is run act by act, and charged by the time that passed', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    await using asked = await anApplication({
      '/voice': '<Gather action="/menu" numDigits="1"><Say>Press one</Say></Gather>',
      '/menu': '<Say>Thank you</Say>',
    });
    const { leg, sid } = await anAnsweredCall(app, caller, {
      Url: `${asked.origin}/voice`,
      StatusCallback: `${asked.origin}/events`,
      StatusCallbackEvent: 'answered',
    });
    assert.deepEqual(leg.wanted, {
      call_sid: sid,
      account_sid: caller.account.sid,
      to: OUTSIDE,
      from: caller.number,
      timeout: 60,
      targets: null,
      credentials: null,
    });
    app.advanceReal(61_000);
    leg.does({ prompts: [2], seconds: 1, digits: '1' });
    assert.equal(await says(leg), 'Thank you');
    leg.does({ prompts: [1] });
    const ended = await until(app, caller, sid, 'completed');
    assert.equal(ended.duration, '61');
    assert.ok(leg.isHungUp);
    assert.equal(requestsTo(asked, '/voice')[0]?.['CallStatus'], 'in-progress');
    assert.equal(requestsTo(asked, '/menu')[0]?.['Digits'], '1');
    assert.deepEqual(await verbsOf(app, caller, sid), ['Say', 'Gather', 'Say']);
    assert.equal((await usageOf(app, caller))['calls-outbound']?.split(' ')[1], '2');
    await app.deliver();
    const events = requestsTo(asked, '/events').map(({ CallStatus }) => CallStatus);
    assert.deepEqual(events, ['in-progress']);
    await untilNoLeg(app);
    assert.deepEqual(await tasksLeft(app), []);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('that is not answered ends as its carrier says, and costs nothing', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    for (const status of ['busy', 'no-answer', 'failed'] as const) {
      const { leg, sid } = await aRingingCall(app, caller, { Twiml: '<Response/>' });
      leg.hear.note({ kind: 'note', detail: { code: 32011, message: 'sip:a answered 503' } });
      leg.hear.ended({ status, detail: 'No target answered.' });
      const ended = await until(app, caller, sid, status);
      assert.equal(ended.price, null);
      assert.deepEqual(await notesOf(app, caller, sid), [
        'sip:a answered 503',
        'No target answered.',
      ]);
    }
    assert.equal((await usageOf(app, caller))['calls-outbound'], undefined);
    await untilNoLeg(app);
  });

  test('ends when the far end hangs up, in any act', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    for (const verb of ['<Say>Hi</Say>', '<Gather/>', '<Record/>', '<Pause length="60"/>']) {
      const Twiml = `<Response>${verb}<Say>more</Say></Response>`;
      const { leg, sid } = await anAnsweredCall(app, caller, { Twiml });
      leg.hangsUp('The far end hung up.');
      await until(app, caller, sid, 'completed');
      assert.deepEqual(await notesOf(app, caller, sid), ['The far end hung up.'], verb);
    }
  });

  test('is hung up, canceled and redirected by requests', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { leg, sid } = await anAnsweredCall(app, caller, {
      Twiml: '<Response><Say>first</Say><Say>never</Say></Response>',
    });
    const form = { Twiml: '<Response><Say>second</Say></Response>' };
    const sent = await app.post(`${caller.calls}/${sid}.json`, caller.login, form);
    assert.equal(sent.status, 200, sent.text);
    await legsOf(app.app).look();
    assert.equal(await says(leg), 'second');
    app.advanceReal(7_000);
    const over = await app.post(`${caller.calls}/${sid}.json`, caller.login, {
      Status: 'completed',
    });
    assert.deepEqual([over.json.status, over.json.duration], ['completed', '7']);
    assert.equal(leg.isHungUp, false);
    await legsOf(app.app).look();
    assert.equal(leg.isHungUp, true);

    const ringing = await aRingingCall(app, caller, form);
    await app.post(`${caller.calls}/${ringing.sid}.json`, caller.login, { Status: 'canceled' });
    await legsOf(app.app).look();
    assert.equal(ringing.leg.isHungUp, true);
    await until(app, caller, ringing.sid, 'canceled');
    await untilNoLeg(app);
  });

  test('is cut off at its time limit, which a request may change', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { sid } = await anAnsweredCall(app, caller, {
      Twiml: '<Response><Pause length="900"/></Response>',
      TimeLimit: '600',
    });
    app.advanceReal(20_000);
    const path = `${caller.calls}/${sid}.json`;
    assert.equal((await app.post(path, caller.login, { TimeLimit: '15' })).status, 200);
    await legsOf(app.app).look();
    const ended = await until(app, caller, sid, 'completed');
    assert.equal(ended.duration, '15');
    assert.deepEqual(await notesOf(app, caller, sid), ['The time of the call is up.']);
  });

  test('of a dead owner is ended by another process, and billed to the last sign of life', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { wire, sid } = await anAnsweredCall(app, caller, {
      Twiml: '<Response><Pause length="900"/></Response>',
    });
    app.advanceReal(9_000);
    await legsOf(app.app).look();
    await fallSilent(app);
    app.advanceReal(DEAD_MS);
    await legsOf(app.app).look();
    assert.equal((await fetchCall(app, caller, sid)).status, 'in-progress', 'it may be alive');
    app.advanceReal(1);
    await legsOf(app.app).look();
    const ended = await fetchCall(app, caller, sid);
    assert.deepEqual([ended.status, ended.duration], ['completed', '9']);
    assert.deepEqual(wire.adopted, ['{"call_id":"1"}']);
    assert.equal((await usageOf(app, caller))['calls-outbound']?.split(' ')[0], '1');
    await untilNoLeg(app);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('of a dead owner is billed to the last sign of life, also when a request hangs it up', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { sid } = await anAnsweredCall(app, caller, {
      Twiml: '<Response><Pause length="900"/></Response>',
    });
    app.advanceReal(9_000);
    await legsOf(app.app).look();
    await fallSilent(app);
    app.advanceReal(DEAD_MS + 1);
    const path = `${caller.calls}/${sid}.json`;
    assert.equal((await app.post(path, caller.login, { Status: 'completed' })).status, 200);
    const ended = await fetchCall(app, caller, sid);
    assert.deepEqual([ended.status, ended.duration], ['completed', '9']);
    await legsOf(app.app).look();
    await untilNoLeg(app);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('that a dead owner has connected ends with the same second on both legs', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { wire, sid } = await aRingingCall(app, caller, {
      Twiml: `<Response><Dial>${OUTSIDE}</Dial></Response>`,
    });
    const [first] = wire.legs;
    wire.play = (leg) => leg.hear.answered('{"call_id":"2"}');
    first?.hear.answered('{"call_id":"1"}');
    await until(app, caller, sid, 'in-progress');
    const isBridged = () => first?.bridged !== null;
    for (let turn = 0; turn < MAX_TURNS && !isBridged(); turn += 1) await setImmediate();
    assert.equal(wire.legs.length, 2);
    app.advanceReal(9_000);
    await legsOf(app.app).look();
    await fallSilent(app);
    app.advanceReal(DEAD_MS + 6_000);
    await legsOf(app.app).look();
    const { json } = await app.get(`${caller.calls}.json`, caller.login);
    assert.deepEqual(
      json.calls.map(({ status, duration }: Record<string, string>) => [status, duration]),
      [
        ['completed', '9'],
        ['completed', '9'],
      ],
    );
    await untilNoLeg(app);
    assert.deepEqual(new Set(wire.adopted), new Set(['{"call_id":"1"}', '{"call_id":"2"}']));
    assert.equal(wire.adopted.length, 2);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('ends when the server stops', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { sid } = await anAnsweredCall(app, caller, { Twiml: '<Response><Pause/></Response>' });
    await legsOf(app.app).stop();
    const ended = await fetchCall(app, caller, sid);
    assert.equal(ended.status, 'completed');
    assert.deepEqual(await notesOf(app, caller, sid), ['The server stops.']);
  });
});
