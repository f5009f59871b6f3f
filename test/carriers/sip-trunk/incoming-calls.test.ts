import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listLostLegs } from '../../../src/calls/live/leg-store.ts';
import { legsOf } from '../../../src/calls/live/own-legs.ts';
import { headerOf } from '../../../src/carriers/sip/headers.ts';
import { until } from '../../calls/live/until.ts';
import { aCaller, type Caller, requestsTo, timelineOf, twiml } from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';
import { carrierPort, offerAt, Telephone } from './a-telephone.ts';
import { aSipCarrier, aTrunk } from './a-trunk.ts';

const HOST = 'acme.sip.example.com';
const PAGES: Readonly<Record<string, string>> = {
  '/say': '<Say>Hello</Say><Pause length="60"/>',
  '/menu': '<Redirect>/busy</Redirect>',
  '/busy': '<Reject reason="busy"/>',
  '/no': '<Reject/>',
  '/over': '<Hangup/>',
  '/long': '<Pause length="600"/>',
};

/** An account whose calls come in by a trunk, and its application. */
async function aHouse(app: TestApp, more = ', allow: [127.0.0.1]') {
  const gate = Promise.withResolvers<void>();
  const receiver = await webhookReceiver(async ({ url }) => {
    const { pathname } = new URL(url);
    if (pathname === '/slow') await gate.promise;
    return twiml(PAGES[pathname] ?? '');
  });
  const urls = (path: string) => ({
    VoiceUrl: `${receiver.origin}${path}`,
    StatusCallback: `${receiver.origin}/status`,
  });
  const caller = await aCaller(app, urls('/say'));
  const trunk = await aTrunk(app, caller, []);
  const carrier = await aSipCarrier(app, { more, domains: { [HOST]: trunk } });
  const phone = await Telephone.open(await carrierPort(app));
  return {
    receiver,
    caller,
    trunk,
    phone,
    /** Lets the application answer at `/slow`. */
    release: () => gate.resolve(),
    uri: `sip:${caller.number}@${HOST}`,
    /** Lets the number's calls begin elsewhere. */
    async turn(path: string) {
      const numbers = `/2010-04-01/Accounts/${caller.account.sid}/IncomingPhoneNumbers`;
      const { json } = await app.get(`${numbers}.json`, caller.login);
      const [number] = json.incoming_phone_numbers as { sid: string }[];
      await app.post(`${numbers}/${number?.sid}.json`, caller.login, urls(path));
    },
    async [Symbol.asyncDispose]() {
      await phone[Symbol.asyncDispose]();
      await carrier[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

/** The newest call of an account. */
async function newest(app: TestApp, { calls, login }: Caller) {
  const { json } = await app.get(`${calls}.json?PageSize=1`, login);
  const [call] = json.calls as { sid: string; status: string; from: string; duration: string }[];
  return call ?? assert.fail('no call came in');
}

onEveryEngine('a call that comes in by SIP', (engine) => {
  test('rings while the application is asked, and is answered by its first word', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller, receiver } = house;
    const call = phone.invite({ uri: house.uri, lines: ['X-Ticket: 4711'] });
    await call.answer(180);
    const accepted = await call.answer();
    assert.equal(accepted.status, 200);
    assert.match(accepted.body.toString(), /m=audio \d+ RTP\/AVP 0 101/);
    await call.ack();
    const { sid, from } = await newest(app, caller);
    assert.equal(from, '+14155550188');
    await until(app, caller, sid, 'in-progress');
    const [asked] = requestsTo(receiver, '/say');
    assert.deepEqual(
      [asked?.['To'], asked?.['CallStatus'], asked?.['Direction'], asked?.['SipHeader_X-Ticket']],
      [caller.number, 'ringing', 'inbound', '4711'],
    );
    assert.deepEqual([asked?.['SipDomain'], asked?.['SipSourceIp']], [HOST, '127.0.0.1']);
    // A change of the session is answered, and the call goes on.
    await call.send('INVITE', offerAt(phone.sound_port, '8'));
    await call.send('BYE');
    const { price, duration } = await until(app, caller, sid, 'completed');
    assert.ok(Number(price) < 0 && Number(duration) < 60);
    await app.deliver();
    const [told] = requestsTo(receiver, '/status');
    assert.equal(told?.['CallStatus'], 'completed');
  });

  test('ends as its document and its caller say', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller, uri } = house;
    for (const [path, answer, status] of [
      ['/menu', 486, 'busy'],
      ['/no', 603, 'no-answer'],
    ] as const) {
      await house.turn(path);
      const call = phone.invite({ uri });
      assert.equal((await call.answer()).status, answer);
      await call.ack();
      const { price } = await until(app, caller, (await newest(app, caller)).sid, status);
      assert.equal(price, null);
    }
    await house.turn('/over');
    const over = phone.invite({ uri, sdp: '' });
    const { body } = await over.answer();
    assert.match(body.toString(), /m=audio/, 'a late offer is ours');
    await over.ack(offerAt(phone.sound_port, '8'));
    await over.bye();
    await until(app, caller, (await newest(app, caller)).sid, 'completed');
  });

  test('ends when its caller gives up before an answer', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller, receiver, uri } = house;
    await house.turn('/slow');
    const call = phone.invite({ uri });
    await call.answer(180);
    await receiver.arrived(1);
    call.cancel();
    assert.equal((await call.answer()).status, 487);
    house.release();
    await call.ack();
    const { sid } = await newest(app, caller);
    await until(app, caller, sid, 'no-answer');
  });

  test('is ended by whoever finds its dead owner', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const call = house.phone.invite({ uri: house.uri });
    await call.ack();
    const { sid } = await newest(app, house.caller);
    await until(app, house.caller, sid, 'in-progress');
    const by = { owner: 'another', since: Number.MAX_SAFE_INTEGER, limit: 1 };
    const [leg] = await listLostLegs(app.app.database.db, by);
    assert.equal(leg?.call_sid, sid);
    assert.equal(JSON.parse(leg?.dialog ?? '{}').call_id, call.call_id);
  });

  test('ends with a reason when the server stops, which takes no more calls', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const call = house.phone.invite({ uri: house.uri });
    await call.ack();
    const { sid } = await newest(app, house.caller);
    await until(app, house.caller, sid, 'in-progress');
    const stopped = legsOf(app.app).stop();
    const late = await house.phone.invite({ uri: house.uri }).answer();
    assert.deepEqual([late.status, headerOf(late, 'retry-after')], [503, '5']);
    assert.match(headerOf(await call.bye(), 'reason') ?? '', /^SIP;cause=503/);
    await stopped;
    await until(app, house.caller, sid, 'completed');
    const notes = await timelineOf(app, house.caller, sid, 'note');
    assert.ok(notes.some(({ message }) => message === 'The server stops.'));
  });

  test('is refused without a hint, unless its source is known', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app, '');
    const { phone, caller, trunk } = house;
    const refused = await phone.invite({ uri: house.uri }).answer();
    assert.deepEqual([refused.status, headerOf(refused, 'warning')], [403, null]);
    const nobody = await phone.invite({ uri: `sip:+15005550111@${HOST}` }).answer();
    assert.equal(nobody.status, 403, 'a stranger does not learn who is here');
    const policy = await app.post('/v1/ConnectionPolicies', caller.login, {});
    await app.post(`/v1/ConnectionPolicies/${policy.json.sid}/Targets`, caller.login, {
      Target: 'sip:127.0.0.1:5060',
    });
    await app.post(`/v1/ByocTrunks/${trunk}`, caller.login, {
      ConnectionPolicySid: policy.json.sid as string,
    });
    assert.equal((await phone.invite({ uri: house.uri }).answer()).status, 200);
    const other = await phone.invite({ uri: `sip:+15005550111@${HOST}` }).answer();
    assert.equal(other.status, 404);
  });
});
