import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Flood } from '../../../src/carriers/sip/flood.ts';
import { headerOf } from '../../../src/carriers/sip/headers.ts';
import { until } from '../../calls/live/until.ts';
import { aCaller, type Caller, fetchCall, twiml } from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { webhookReceiver } from '../../support/webhook-receiver.ts';
import { carrierPort, type Invite, offerAt, Telephone } from './a-telephone.ts';
import { aSipCarrier, aTrunk } from './a-trunk.ts';

const HOST = 'acme.sip.example.com';
const HUGE = `${offerAt(4_000)}a=${'x'.repeat(60_000)}`;
const SECURE = offerAt(4_000).replace('RTP/AVP', 'RTP/SAVP');
const PUBLIC = offerAt(4_000).replaceAll('IP4 127.0.0.1', 'IP4 198.51.100.1');

/** INVITEs that are refused: the name, the changes, and the status. `N` is the number. */
const REFUSED: readonly (readonly [string, Partial<Invite>, number])[] = [
  [
    'no sound in the offer',
    { sdp: 'v=0\r\nm=video 4000 RTP/AVP 96\r\nc=IN IP4 127.0.0.1\r\n' },
    488,
  ],
  ['an unknown codec', { sdp: offerAt(4_000, '9 18') }, 488],
  ['SRTP', { sdp: SECURE }, 488],
  ['sound at an address that calls may not go to', { sdp: PUBLIC }, 488],
  ['no description at all', { sdp: 'hello' }, 488],
  ['another type of body', { lines: ['Content-Type: text/plain'] }, 415],
  ['no Contact', { lines: ['Contact'] }, 400],
  ['another method in CSeq', { lines: ['CSeq: 1 BYE'] }, 400],
  ['headers in the address', { uri: `sip:N@${HOST}?x=1` }, 400],
  ['another scheme', { uri: 'mailto:a@example.com' }, 416],
  ['a demand for PRACK', { lines: ['Require: 100rel'] }, 420],
  ['an unknown host', { uri: 'sip:N@other.example.com' }, 404],
  ['no user', { uri: `sip:${HOST}` }, 404],
  ['a name', { uri: `sip:alice@${HOST}` }, 404],
  ['a number of nobody', { uri: `sip:+15005550111@${HOST}` }, 404],
  ['a number that is too long', { uri: `sip:+${'1'.repeat(60)}@${HOST}` }, 404],
];

/** Forms of the caller, and what the application reads. */
const CALLERS: readonly (readonly [string, readonly string[], string])[] = [
  ['"Smith, \\"J\\"" <sip:+14155550188@example.com;user=phone>', [], '+14155550188'],
  ['sip:4915112345678@example.com', [], '+4915112345678'],
  ['<sip:004915112345678@example.com>', [], '+4915112345678'],
  ['<tel:+1-415-555-0188>', [], '+14155550188'],
  ['<sip:alice@example.com:5070;transport=tcp>', [], 'sip:alice@example.com:5070'],
  ['"Anonymous" <sip:anonymous@anonymous.invalid>', [], '+266696687'],
  ['<sip:+14155550188@example.com>', ['Privacy: id'], '+266696687'],
  ['<sip:100@pbx.example.com>', ['P-Asserted-Identity: <tel:+14155550177>'], '+14155550177'],
];

async function aHouse(app: TestApp) {
  const receiver = await webhookReceiver(() => twiml('<Reject reason="busy"/>'));
  const caller = await aCaller(app, { VoiceUrl: `${receiver.origin}/busy` });
  const trunk = await aTrunk(app, caller, []);
  const more = ', allow: ["127.0.0.0/8"]';
  const carrier = await aSipCarrier(app, { more, domains: { [HOST]: trunk } });
  const phone = await Telephone.open(await carrierPort(app));
  return {
    caller,
    phone,
    receiver,
    async [Symbol.asyncDispose]() {
      await phone[Symbol.asyncDispose]();
      await carrier[Symbol.asyncDispose]();
      await receiver[Symbol.asyncDispose]();
    },
  };
}

async function callsOf(app: TestApp, { calls, login }: Caller): Promise<Record<string, string>[]> {
  const { json } = await app.get(`${calls}.json?PageSize=100`, login);
  return json.calls as Record<string, string>[];
}

onEveryEngine('an INVITE', (engine) => {
  test('that cannot be taken has the answer of its fault, and makes no call', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller } = house;
    const uri = `sip:${caller.number}@${HOST}`;
    for (const [what, changes, status] of REFUSED) {
      const named = (changes.uri ?? uri).replace('N', caller.number);
      phone.invite({ ...changes, uri: named });
      assert.equal((await phone.final()).status, status, what);
    }
    assert.deepEqual(await callsOf(app, caller), []);
    const huge = phone.invite({ uri, sdp: HUGE });
    assert.ok([200, 413, 486, 513].includes((await huge.answer()).status));
  });

  test('names its caller and its number in many forms', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller } = house;
    const digits = caller.number.slice(1);
    const users = [`+${digits}`, digits, `00${digits}`, `+${digits};npdi;rn=+1`, `%2B${digits}`];
    for (const [index, [from, lines, shown]] of CALLERS.entries()) {
      const user = users[index % users.length];
      const call = phone.invite({ uri: `sip:${user}@${HOST};user=phone`, from, lines });
      assert.equal((await call.answer()).status, 486, from);
      await call.ack();
      const [newest] = await callsOf(app, caller);
      assert.deepEqual([newest?.['from'], newest?.['to']], [shown, caller.number], from);
    }
  });

  test('that comes again is one call, and by another way it is none', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller } = house;
    const call = phone.invite({ uri: `sip:${caller.number}@${HOST}` });
    phone.send(call.request('INVITE'));
    phone.send(call.request('INVITE', { branch: 'elsewhere' }));
    const copy = await call.answer(482);
    assert.equal(copy.vias[0].parameters.get('branch'), 'z9hG4bKelsewhere');
    await call.answer(486);
    phone.send(call.request('INVITE'));
    const [only, ...more] = await callsOf(app, caller);
    assert.deepEqual(more, []);
    await until(app, caller, only?.['sid'] ?? '', 'busy');
    assert.equal((await fetchCall(app, caller, only?.['sid'] ?? '')).from, '+14155550188');
  });

  test('of a stranger is soon refused unread, and another tenant hears nothing of it', async () => {
    await using app = await testApp({ engine });
    await using house = await aHouse(app);
    const { phone, caller } = house;
    for (let count = 0; count < 20; count += 1) {
      phone.invite({ uri: `sip:+15005550111@${HOST}` });
      await phone.final();
    }
    const refused = await phone.invite({ uri: `sip:${caller.number}@${HOST}` }).answer();
    assert.deepEqual([refused.status, headerOf(refused, 'retry-after')], [503, '5']);
    await using other = await Telephone.open(await carrierPort(app), '127.0.0.2');
    const taken = await other.invite({ uri: `sip:${caller.number}@${HOST}` }).answer();
    assert.equal(taken.status, 486);
  });
});

suite('the INVITEs of a source', () => {
  test('are counted for a network in IPv6, and for few sources', () => {
    const flood = new Flood(() => 0);
    let admitted = 0;
    for (let host = 1; host <= 1_000; host += 1) {
      if (flood.admits(`2001:db8::${host.toString(16)}`)) admitted += 1;
    }
    assert.equal(admitted, 600);
    assert.ok(flood.admits('2001:db8:0:1::1'));
    for (let source = 0; source < 10_000; source += 1)
      flood.admits(`10.1.${source >> 8}.${source & 255}`);
    assert.ok(flood.admits('2001:db8::1'), 'the oldest is forgotten');
  });

  test('come again after a while', () => {
    let now = 0;
    const flood = new Flood(() => now);
    for (let count = 0; count < 600; count += 1) flood.admits('10.0.0.1');
    assert.ok(!flood.admits('10.0.0.1'));
    now += 10;
    assert.ok(flood.admits('10.0.0.1'));
    flood.refused('10.0.0.1');
    now += 50;
    assert.ok(!flood.admits('10.0.0.1'));
  });
});
