import assert from 'node:assert/strict';
import { test } from 'node:test';
import { legsOf } from '../../../src/calls/live/own-legs.ts';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import { header, headerOf } from '../../../src/carriers/sip/headers.ts';
import type { SipRequest } from '../../../src/carriers/sip/message.ts';
import { until } from '../../calls/live/until.ts';
import { aCall, aCaller, fetchCall, OUTSIDE, timelineOf } from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { aSipCarrier, aTrunkCaller } from './a-trunk.ts';
import { FarSide } from './far-side.ts';

const PAUSE = '<Response><Pause length="600"/></Response>';

/** The remarks of a call, each with its code. */
async function remarksOf(app: TestApp, caller: Parameters<typeof timelineOf>[1], sid: string) {
  const notes = await timelineOf(app, caller, sid, 'note');
  return notes.map(({ code, message }) => [code, message]);
}

onEveryEngine('a call of a trunk', (engine) => {
  test('goes to its target as SIP, and is in progress without sound until it is hung up', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using far = await FarSide.open(() => [180, 200]);
    const { caller, byoc } = await aTrunkCaller(app, [{ target: `${far.address};edge=dublin` }]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    const invite = await far.request('INVITE');
    assert.equal(invite.uri, `sip:${OUTSIDE}@127.0.0.1:${far.port}`);
    assert.equal(invite.from.uri, `sip:${caller.number}@127.0.0.1`);
    const named = ['accountsid', 'callsid', 'apiversion'].map((name) =>
      headerOf(invite, `x-twilio-${name}`),
    );
    assert.deepEqual(named, [caller.account.sid, sid, '2010-04-01']);
    await far.request('ACK');
    await until(app, caller, sid, 'in-progress');
    await app.post(`${caller.calls}/${sid}.json`, caller.login, { Status: 'completed' });
    await legsOf(app.app).look();
    await far.request('BYE');
    await until(app, caller, sid, 'completed');
    assert.deepEqual(await remarksOf(app, caller, sid), [
      [undefined, '"edge" of the address has no effect here.'],
      [
        undefined,
        'The far side answered without a description of sound, so the call has no sound.',
      ],
    ]);
  });

  test('ends when the far side hangs up, and says why', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using far = await FarSide.open(() => [200]);
    const { caller, byoc } = await aTrunkCaller(app, [{ target: far.address }]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await far.request('ACK');
    await until(app, caller, sid, 'in-progress');
    far.hangUp('Q.850;cause=16');
    await until(app, caller, sid, 'completed');
    const remarks = await remarksOf(app, caller, sid);
    assert.deepEqual(remarks.at(-1), [undefined, 'The far side hung up: Q.850;cause=16']);
  });

  test('is ended by the dialog that its dead owner wrote down', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using far = await FarSide.open(() => [200]);
    const { caller, byoc } = await aTrunkCaller(app, [{ target: far.address }]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'in-progress');
    const { db } = app.app.database;
    const { dialog } = await db.selectFrom('legs').select('dialog').executeTakeFirstOrThrow();
    assert.doesNotMatch(dialog ?? '', /secret|password/);
    await lineUpOf(app.app).voices.get('pstn')?.adopt(dialog);
    const bye = await far.request('BYE');
    const [invite] = far.requests('INVITE');
    assert.equal(bye.call_id, invite?.call_id);
    assert.equal(bye.cseq.number, 1 + 1_000 + 1);
  });

  test('goes to the next target after a failure, and to no other after a final answer', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using first = await FarSide.open(() => [503]);
    await using second = await FarSide.open(() => [100, 486]);
    await using third = await FarSide.open(() => [200]);
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: third.address, priority: 3 },
      { target: first.address, priority: 1 },
      { target: second.address, priority: 2 },
    ]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'busy');
    assert.deepEqual(await remarksOf(app, caller, sid), [
      [32_011, `${first.address} answered 503 Service Unavailable.`],
      [undefined, `${second.address} answered 486 Busy Here.`],
    ]);
    assert.equal(third.heard.length, 0);
  });

  test('fails when no target takes it, each attempt told, and when there is none', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using far = await FarSide.open(() => [500]);
    await using moved = await FarSide.open(() => [302]);
    const forbidden = 'sip:203.0.113.9';
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: far.address, priority: 1 },
      { target: moved.address, priority: 2 },
      { target: forbidden, priority: 3 },
    ]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'failed');
    assert.deepEqual(await remarksOf(app, caller, sid), [
      [32_011, `${far.address} answered 500 Server Internal Error.`],
      [32_011, `${moved.address} answered 302 Moved Temporarily.`],
      [
        32_011,
        `${forbidden} gave no answer: 203.0.113.9 leads to no address that calls may go to.`,
      ],
      [32_400, 'No target took the call.'],
    ]);
    const { caller: other, byoc: empty } = await aTrunkCaller(app, []);
    const { sid: none } = await aCall(app, other, { Byoc: empty, Twiml: PAUSE });
    await app.deliver();
    await until(app, other, none, 'failed');
    assert.deepEqual(await remarksOf(app, other, none), [
      [32_010, 'There is no target to call; give the policy of the trunk an enabled one.'],
    ]);
  });

  test('sends no sound to an address that calls may not go to', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    const sdp = [
      'v=0',
      'o=- 1 1 IN IP4 203.0.113.9',
      's=-',
      'c=IN IP4 203.0.113.9',
      't=0 0',
      'm=audio 4000 RTP/AVP 0',
      '',
    ].join('\r\n');
    const headers = [header('Content-Type', 'application/sdp')];
    await using far = await FarSide.open(() => [{ status: 200, headers, body: Buffer.from(sdp) }]);
    const { caller, byoc } = await aTrunkCaller(app, [{ target: far.address }]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'in-progress');
    far.hangUp('Q.850;cause=16');
    await until(app, caller, sid, 'completed');
    assert.deepEqual((await remarksOf(app, caller, sid))[0], [
      undefined,
      'The far side asks for sound at an address that calls may not go to, so the call has no sound.',
    ]);
  });

  test('is cancelled while it rings, by a request and by its ringing time, and rings no other target', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using far = await FarSide.open(() => [180]);
    await using next = await FarSide.open(() => [200]);
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: far.address, priority: 1 },
      { target: next.address, priority: 2 },
    ]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'ringing');
    await app.post(`${caller.calls}/${sid}.json`, caller.login, { Status: 'canceled' });
    await legsOf(app.app).look();
    await far.request('CANCEL');
    assert.equal((await fetchCall(app, caller, sid)).status, 'canceled');
    const { sid: short } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE, Timeout: '1' });
    await app.deliver();
    await until(app, caller, short, 'no-answer');
    assert.equal(far.requests('CANCEL').length, 2);
    assert.equal(next.heard.length, 0);
  });

  test('is cancelled at a target that rings after the next one was called', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { more: ', try_ms: 500' });
    await using late = await FarSide.open(() => []);
    await using next = await FarSide.open(() => [200]);
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: late.address, priority: 1 },
      { target: next.address, priority: 2 },
    ]);
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: PAUSE });
    await app.deliver();
    await until(app, caller, sid, 'in-progress');
    const invite = await late.request('INVITE');
    late.answer(invite, 180);
    const cancel = await late.request('CANCEL');
    assert.equal(cancel.call_id, invite.call_id);
    next.hangUp('Q.850;cause=16');
    await until(app, caller, sid, 'completed');
  });

  test('answers the challenge of its BYE, also when the server stops', async () => {
    await using app = await testApp({ engine });
    const challenge = header('WWW-Authenticate', 'Digest realm="far", nonce="n", qop="auth"');
    await using far = await FarSide.open(() => [200]);
    far.byes.push({ status: 401, headers: [challenge] });
    {
      await using _carrier = await aSipCarrier(app, { isDefault: true });
      const caller = await aCaller(app);
      const { sid } = await aCall(app, caller, {
        To: `sip:bob@127.0.0.1:${far.port}`,
        SipAuthUsername: 'alice',
        SipAuthPassword: 'secret',
        Twiml: PAUSE,
      });
      await app.deliver();
      await until(app, caller, sid, 'in-progress');
    }
    const [first, second] = far.requests('BYE');
    assert.equal(headerOf(first as SipRequest, 'authorization'), null);
    assert.match(headerOf(second as SipRequest, 'authorization') ?? '', /username="alice"/);
    assert.equal(second?.cseq.number, 3);
  });

  test('to a SIP address carries its headers and answers the challenge', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { isDefault: true });
    const challenge = header('Proxy-Authenticate', 'Digest realm="far", nonce="n", qop="auth"');
    await using far = await FarSide.open((_, count) =>
      count === 1 ? [{ status: 407, headers: [challenge] }] : [200],
    );
    const caller = await aCaller(app);
    const calls = `sip:bob@127.0.0.1:${far.port}`;
    const { sid } = await aCall(app, caller, {
      To: `${calls}?x-room=a%20b&From=evil&X-Twilio-CallSid=CA1`,
      SipAuthUsername: 'alice',
      SipAuthPassword: 'secret',
      Twiml: PAUSE,
    });
    await app.deliver();
    await far.request('ACK', 2);
    await until(app, caller, sid, 'in-progress');
    const [, invite] = far.requests('INVITE');
    assert.ok(invite);
    assert.equal(invite.uri, calls);
    assert.equal(headerOf(invite, 'x-room'), 'a b');
    assert.match(headerOf(invite, 'proxy-authorization') ?? '', /username="alice"/);
    assert.equal(headerOf(invite, 'x-twilio-callsid'), sid);
    const remarks = await remarksOf(app, caller, sid);
    assert.deepEqual(remarks.slice(0, 2), [
      [undefined, 'The header "From" of the address was left out.'],
      [undefined, 'The header "X-Twilio-CallSid" of the address was left out.'],
    ]);
  });
});
