import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCall,
  aCaller,
  aFinishedCall,
  anApplication,
  fetchCall,
  OUTSIDE,
  requestsTo,
  settle,
  tasksLeft,
  timelineOf,
  twiml,
  usageOf,
} from '../support/calls.ts';
import { onEveryEngine, START_OF_TIME, testApp } from '../support/test-app.ts';
import { webhookReceiver } from '../support/webhook-receiver.ts';

const SAY = '<Response><Say>Hello and good evening to you</Say></Response>';

/** TwiML that no XML parser accepts. */
const NOT_WELL_FORMED = [
  '<Response><Say>',
  '\n<?xml version="1.0"?><Response/>',
  '<?xml version="1.0"?><?xml version="1.0"?><Response/>',
  '<?xml version="2.0"?><Response/>',
  '<Response><Pause length="1" length="2"/></Response>',
  '<Response><Say voice="<">Hi</Say></Response>',
  '<Response><Say>a ]]> b</Say></Response>',
  '<Response>< Say>Hi</Say></Response>',
];

onEveryEngine('a call', (engine) => {
  test('rings, is answered, says something, ends, and is metered once, within two seconds', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({});
    const caller = await aCaller(app);
    const made = await aCall(app, caller, {
      Twiml: SAY,
      StatusCallback: `${told.origin}/status`,
      StatusCallbackEvent: 'initiated ringing answered completed',
    });
    assert.equal(made.status, 'queued');
    assert.equal(made.direction, 'outbound-api');
    assert.deepEqual(
      [made.start_time, made.end_time, made.duration, made.price],
      Array(4).fill(null),
    );
    assert.equal((await usageOf(app, caller))['calls'], undefined);

    await settle(app, 2_000);
    const call = await fetchCall(app, caller, made.sid);
    assert.equal(call.status, 'completed');
    assert.equal(call.duration, '2');
    assert.equal(call.price, '-0.014');
    assert.ok(call.start_time && call.end_time);
    assert.equal((await usageOf(app, caller))['calls-outbound'], '1 1 0.014');
    const told_of = requestsTo(told, '/status').toSorted((a, b) =>
      String(a['SequenceNumber']).localeCompare(String(b['SequenceNumber'])),
    );
    assert.deepEqual(
      told_of.map(({ CallStatus, SequenceNumber }) => [CallStatus, SequenceNumber]),
      [
        ['initiated', '0'],
        ['ringing', '1'],
        ['in-progress', '2'],
        ['completed', '3'],
      ],
    );
    const { Timestamp, ...last } = told_of.at(-1) ?? {};
    assert.equal(Timestamp, new Date(START_OF_TIME + 2_000).toUTCString().replace('GMT', '+0000'));
    assert.deepEqual(last, {
      AccountSid: caller.account.sid,
      ApiVersion: '2010-04-01',
      CallDuration: '2',
      CallSid: made.sid,
      CallStatus: 'completed',
      CallbackSource: 'call-progress-events',
      Called: OUTSIDE,
      CalledCity: '',
      CalledCountry: 'US',
      CalledState: '',
      CalledZip: '',
      Caller: caller.number,
      CallerCity: '',
      CallerCountry: 'US',
      CallerState: '',
      CallerZip: '',
      Direction: 'outbound-api',
      Duration: '1',
      From: caller.number,
      FromCity: '',
      FromCountry: 'US',
      FromState: '',
      FromZip: '',
      SequenceNumber: '3',
      SipResponseCode: '200',
      To: OUTSIDE,
      ToCity: '',
      ToCountry: 'US',
      ToState: '',
      ToZip: '',
    });
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('ends as the last digits of its number say', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const ends = async (ending: string, form = {}) => {
      const call = await aFinishedCall(app, caller, {
        To: `+1500555${ending}`,
        Twiml: SAY,
        ...form,
      });
      return [call.status, call.duration, call.price, call.answered_by];
    };
    assert.deepEqual(await ends('0002'), ['busy', '0', null, null]);
    assert.deepEqual(await ends('0003'), ['no-answer', '0', null, null]);
    assert.deepEqual(await ends('0004'), ['failed', '0', null, null]);
    assert.deepEqual(await ends('0005'), ['completed', '2', '-0.014', null]);
    const enable = { MachineDetection: 'Enable' };
    const message = { MachineDetection: 'DetectMessageEnd' };
    assert.deepEqual((await ends('0005', enable))[3], 'machine_start');
    assert.deepEqual((await ends('0005', message))[3], 'machine_end_beep');
    assert.deepEqual((await ends('1234', enable))[3], 'human');
    assert.equal((await usageOf(app, caller))['calls-outbound'], '4 4 0.056');
  });

  test('is refused with the error code of its fault', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const other = await aCaller(app);
    const refused = async (form: Record<string, string>) => {
      const whole = { To: OUTSIDE, From: caller.number, Twiml: SAY, ...form };
      const given = Object.entries(whole).filter(([, value]) => value !== '-');
      const reply = await app.post(`${caller.calls}.json`, caller.login, Object.fromEntries(given));
      return `${reply.status} ${reply.json.code}`;
    };
    assert.equal(await refused({ To: '-' }), '400 21201');
    assert.equal(await refused({ To: ' ' }), '400 21201');
    assert.equal(await refused({ To: 'nobody' }), '400 21211');
    assert.equal(await refused({ To: 'sip:' }), '400 21211');
    assert.equal(await refused({ To: 'client:' }), '400 21211');
    assert.equal(await refused({ To: '+15005550001' }), '400 21217');
    assert.equal(await refused({ From: '-' }), '400 21213');
    assert.equal(await refused({ From: 'client:me' }), '400 21212');
    assert.equal(await refused({ From: OUTSIDE, To: other.number }), '400 21210');
    assert.equal(await refused({ From: other.number }), '400 21210');
    assert.equal(await refused({ StatusCallbackEvent: 'initiated never' }), '400 21626');
    assert.equal(await refused({ Twiml: '-' }), '400 21205');
    assert.equal(await refused({ Url: 'ftp://example.com', Twiml: '-' }), '400 21205');
    assert.equal(await refused({ Url: '/relative' }), '400 21205');
    for (const broken of NOT_WELL_FORMED)
      assert.equal(await refused({ Twiml: broken }), '400 12100');
    assert.equal(await refused({ Twiml: '<Hangup/>' }), '400 12102');
    assert.equal(await refused({ Twiml: '<Response version="2.0"/>' }), '400 12101');
    const long = `<Response><Say>${'a'.repeat(4_000)}</Say></Response>`;
    assert.equal(await refused({ Twiml: long }), '400 21205');
    for (const [name, value] of [
      ['Timeout', '601'],
      ['SendDigits', '1-2'],
      ['MachineDetection', 'yes'],
      ['RecordingStatusCallbackEvent', 'in-progress never'],
      ['StatusCallback', 'example.com'],
      ['RecordingChannels', 'both'],
      ['TimeLimit', '0'],
      ['ApplicationSid', `AP${'0'.repeat(32)}`],
    ] as const) {
      assert.equal(await refused({ [name]: value }), '400 20001', name);
    }
    assert.deepEqual((await app.get(`${caller.calls}.json`, caller.login)).json.calls, []);
  });

  test('goes to SIP and client addresses, each metered in its own category', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    await aFinishedCall(app, caller, { To: 'sip:me@example.com:5060?X-A=b', Twiml: SAY });
    await aFinishedCall(app, caller, { To: 'client:alice', From: 'client:bob', Twiml: SAY });
    const usage = await usageOf(app, caller);
    assert.equal(usage['calls-sip-outbound'], '1 1 0.004');
    assert.equal(usage['calls-client'], '1 1 0.004');
  });

  test('is found by its numbers, status and times, and can be deleted after its end', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const done = await aFinishedCall(app, caller, { Twiml: SAY });
    app.advance(86_400_000);
    const live = await aCall(app, caller, { To: '+15005550199', Twiml: SAY });
    const found = async (query: Record<string, string>) => {
      const { calls, login } = caller;
      const reply = await app.get(`${calls}.json?${new URLSearchParams(query).toString()}`, login);
      assert.equal(reply.status, 200, reply.text);
      return reply.json.calls.map(({ sid }: { sid: string }) => sid);
    };
    assert.deepEqual(await found({}), [live.sid, done.sid]);
    assert.deepEqual(await found({ To: '+1 500 555 0199' }), [live.sid]);
    assert.deepEqual(await found({ From: caller.number, Status: 'completed' }), [done.sid]);
    assert.deepEqual(await found({ ParentCallSid: done.sid }), []);
    const day = new Date(START_OF_TIME).toISOString().slice(0, 10);
    const next = new Date(START_OF_TIME + 86_400_000).toISOString().slice(0, 10);
    assert.deepEqual(await found({ StartTime: day }), [done.sid]);
    assert.deepEqual(await found({ 'StartTime>': next }), []);
    assert.deepEqual(await found({ 'EndTime<': next }), [done.sid]);
    assert.deepEqual(await found({ 'EndTime<': day }), [done.sid]);
    assert.deepEqual(await found({ 'EndTime>': next }), []);
    const remove = (sid: string) =>
      app.request('DELETE', `${caller.calls}/${sid}.json`, { login: caller.login });
    const refused = await remove(live.sid);
    assert.deepEqual([refused.status, refused.json.code], [409, 20009]);
    assert.equal((await remove(done.sid)).status, 204);
    assert.equal((await remove(done.sid)).status, 404);
    assert.deepEqual(await found({}), [live.sid]);
    assert.deepEqual(await timelineOf(app, caller, done.sid), []);
    assert.equal((await usageOf(app, caller))['calls-outbound'], '1 1 0.014');
  });

  test('can be canceled before its answer and ended after it, and does not change after its end', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const change = async (sid: string, form: Record<string, string>) => {
      const reply = await app.post(`${caller.calls}/${sid}.json`, caller.login, form);
      return reply.status === 200 ? reply.json.status : reply.json.code;
    };
    const queued = await aCall(app, caller, { Twiml: SAY });
    assert.equal(await change(queued.sid, { Twiml: SAY }), 21220);
    assert.equal(await change(queued.sid, { Status: 'canceled' }), 'canceled');
    assert.equal(await change(queued.sid, { Status: 'completed' }), 21220);
    const ringing = await aCall(app, caller, { Twiml: SAY });
    await settle(app, 200);
    assert.equal((await fetchCall(app, caller, ringing.sid)).status, 'ringing');
    assert.equal(await change(ringing.sid, { Status: 'completed' }), 'canceled');

    const talking = await aCall(app, caller, {
      Twiml: '<Response><Pause length="100"/></Response>',
    });
    await settle(app, 900);
    assert.equal(await change(talking.sid, { Status: 'canceled' }), 21220);
    assert.equal(await change(talking.sid, { Twiml: SAY, Url: 'http://example.com' }), 20001);
    assert.equal(await change(talking.sid, { Status: 'completed' }), 'completed');
    const { duration } = await fetchCall(app, caller, talking.sid);
    assert.equal(duration, '50');
    await settle(app);
    assert.equal((await usageOf(app, caller))['calls-outbound'], '1 1 0.014');
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('can be redirected and completed while an application answers', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const change = (sid: string | undefined, form: Record<string, string>) =>
      app.post(`${caller.calls}/${sid}.json`, caller.login, form);
    const path = (url: string) => new URL(url).pathname;
    await using asked = await webhookReceiver(async ({ url, body }) => {
      const CallSid = new URLSearchParams(body).get('CallSid') ?? '';
      const status = (await fetchCall(app, caller, CallSid)).status;
      if (path(url) === '/second') return twiml('<Say>The second</Say>');
      assert.equal(status, 'in-progress');
      const form =
        path(url) === '/end' ? { Status: 'completed' } : { Url: `${asked.origin}/second` };
      assert.equal((await change(CallSid, form)).status, 200);
      return twiml('<Say>Nobody hears this</Say>');
    });
    const { sid } = await aFinishedCall(app, caller, { Url: `${asked.origin}/first` });
    await settle(app);
    const redirected = await fetchCall(app, caller, sid);
    assert.equal(redirected.status, 'completed');
    const verbs = await timelineOf(app, caller, redirected.sid, 'verb');
    assert.deepEqual(
      verbs.map(({ text }: { text: string }) => text),
      ['The second'],
    );
    const ended = await aFinishedCall(app, caller, { Url: `${asked.origin}/end` });
    assert.deepEqual([ended.status, ended.duration], ['completed', '0']);
    assert.deepEqual(await timelineOf(app, caller, ended.sid, 'verb'), []);
    assert.deepEqual(
      asked.received.map(({ url }) => path(url)),
      ['/first', '/second', '/end'],
    );
    assert.equal((await usageOf(app, caller))['calls-outbound'], '2 2 0.028');
  });
});
