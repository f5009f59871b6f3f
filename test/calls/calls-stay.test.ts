import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verify } from '../../src/verify/verify.ts';
import {
  aCall,
  aCallee,
  aCaller,
  anApplication,
  anIncomingCall,
  type Caller,
  type Form,
  fetchCall,
  requestsTo,
  settle,
  tasksLeft,
  usageOf,
  verbsOf,
} from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** The number of a callee who stays on the line. */
const STAYS = '+15005550006';
/** The time until a call is answered, by the product's clock. */
const ANSWERED_MS = 400;
const response = (inner: string) => `<Response>${inner}</Response>`;

async function aStayingCall(app: TestApp, caller: Caller, form: Form) {
  const call = await aCall(app, caller, { To: STAYS, ...form });
  await settle(app, ANSWERED_MS);
  assert.equal((await fetchCall(app, caller, call.sid)).status, 'in-progress');
  return call;
}

const change = (app: TestApp, { calls, login }: Caller, sid: string, form: Form) =>
  app.post(`${calls}/${sid}.json`, login, form);

async function legOf(app: TestApp, { calls, login }: Caller, sid: string) {
  return (await app.get(`${calls}.json?ParentCallSid=${sid}`, login)).json.calls[0];
}

onEveryEngine('a call to somebody who stays on the line', (engine) => {
  test('runs each verb in seconds of the clock until it is ended, and is charged until then', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const Twiml = response('<Say>Hello</Say><Pause length="600"/><Say>Unheard</Say>');
    const { sid } = await aStayingCall(app, caller, { Twiml });
    await settle(app, 0);
    assert.deepEqual(await verbsOf(app, caller, sid), ['Say']);
    for (let minute = 0; minute < 3; minute += 1) await settle(app, 30_000);
    assert.deepEqual(await verbsOf(app, caller, sid), ['Say', 'Pause']);
    assert.equal((await fetchCall(app, caller, sid)).status, 'in-progress');
    assert.deepEqual((await verify(app.app)).differences, []);
    const listed = await app.get(`${caller.calls}.json?Status=in-progress`, caller.login);
    assert.deepEqual(
      listed.json.calls.map((one: { sid: string }) => one.sid),
      [sid],
    );
    const ended = await change(app, caller, sid, { Status: 'completed' });
    assert.deepEqual([ended.json.status, ended.json.duration], ['completed', '90']);
    assert.equal((await usageOf(app, caller))['calls-outbound'], '1 2 0.028');
    assert.deepEqual(await verbsOf(app, caller, sid), ['Say', 'Pause']);
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('ends with its TwiML or its time limit, when the clock gets there', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const Twiml = response('<Pause length="600"/><Say>Goodbye</Say>');
    const whole = await aStayingCall(app, caller, { Twiml });
    const limited = await aStayingCall(app, caller, { Twiml, TimeLimit: '61' });
    const changed = await aStayingCall(app, caller, { Twiml });
    assert.equal((await change(app, caller, changed.sid, { TimeLimit: '30' })).status, 200);
    const durations = async () => {
      const calls = [whole, limited, changed].map(({ sid }) => fetchCall(app, caller, sid));
      return (await Promise.all(calls)).map(({ duration }) => duration);
    };
    await settle(app, 29_000);
    assert.deepEqual(await durations(), [null, null, null]);
    await settle(app, 2_000);
    assert.deepEqual(await durations(), [null, null, '30']);
    const advanced = await app.control('POST', '/clock', { advance: '1h' });
    assert.equal(advanced.status, 200, advanced.text);
    await settle(app);
    assert.deepEqual(await durations(), ['601', '61', '30']);
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('gathers, records and requests TwiML in the same seconds', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice': '<Gather timeout="20"/><Record action="/after" timeout="15"/>',
      '/after': '<Hangup/>',
    });
    const caller = await aCaller(app);
    const { sid } = await aStayingCall(app, caller, { Url: `${asked.origin}/voice` });
    await settle(app, 22_000);
    assert.deepEqual(await verbsOf(app, caller, sid), ['Gather', 'Record']);
    const recordings = async () =>
      (await app.get(`${caller.calls}/${sid}/Recordings.json`, caller.login)).json.recordings;
    assert.deepEqual(await recordings(), []);
    const ended = await change(app, caller, sid, { Status: 'completed' });
    assert.equal(ended.json.duration, '22');
    assert.deepEqual(
      (await recordings()).map(({ duration }: { duration: string }) => duration),
      ['2'],
    );
    assert.deepEqual(requestsTo(asked, '/after'), []);
  });
});

onEveryEngine('a Dial to somebody who stays on the line', (engine) => {
  const dialling = (attributes = '') => ({
    '/voice': `<Dial action="/after" ${attributes}>${STAYS}</Dial>`,
    '/after': '<Hangup/>',
    '/other': '<Pause length="30"/>',
  });

  async function aDial(app: TestApp, origin: string, body: object = {}) {
    const callee = await aCallee(app, origin);
    const { sid } = await anIncomingCall(app, { to: callee.number, ...body });
    await settle(app, ANSWERED_MS);
    const leg = await legOf(app, callee, sid);
    assert.equal(leg.status, 'in-progress');
    await settle(app, 60_000);
    return { callee, sid, leg: leg.sid as string };
  }

  test('goes on until one of the two is ended', async () => {
    await using app = await testApp({ engine });
    for (const ends of ['leg', 'sid'] as const) {
      await using asked = await anApplication(dialling());
      const { callee, ...calls } = await aDial(app, asked.origin);
      assert.equal((await fetchCall(app, callee, calls.sid)).status, 'in-progress');
      await change(app, callee, calls[ends], { Status: 'completed' });
      await settle(app);
      const leg = await fetchCall(app, callee, calls.leg);
      const call = await fetchCall(app, callee, calls.sid);
      // The five seconds of ringing are counted without a wait.
      assert.deepEqual(
        [leg.status, leg.duration, call.status, call.duration],
        ['completed', '60', 'completed', '65'],
        ends,
      );
      const told = requestsTo(asked, '/after').map((one) => one['DialCallDuration']);
      assert.deepEqual(told, ends === 'leg' ? ['60'] : []);
    }
    assert.deepEqual(await tasksLeft(app), []);
  });

  test("ends by its time limit, by the call's time limit, and when the caller hangs up", async () => {
    await using app = await testApp({ engine });
    const told = async (attributes: string, body: object, form: Form = {}) => {
      await using asked = await anApplication(dialling(attributes));
      const { callee, sid, leg } = await aDial(app, asked.origin, body);
      if ('TimeLimit' in form) await change(app, callee, sid, form);
      await settle(app, 60_000);
      const [after] = requestsTo(asked, '/after');
      const { duration } = await fetchCall(app, callee, sid);
      assert.equal(after?.['DialBridged'], 'true');
      assert.equal((await fetchCall(app, callee, leg)).duration, after?.['DialCallDuration']);
      return `${after?.['CallStatus']} ${after?.['DialCallDuration']} ${duration}`;
    };
    assert.equal(await told('timeLimit="90"', {}), 'in-progress 90 95');
    assert.equal(await told('', { hang_up_after: 100 }), 'completed 95 100');
    assert.equal(await told('', {}, { TimeLimit: '80' }), 'completed 75 80');
  });

  test('ends when either of its two calls is redirected', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication(dialling());
    const away = await aDial(app, asked.origin);
    const other = { Url: `${asked.origin}/other` };
    assert.equal((await change(app, away.callee, away.sid, other)).status, 200);
    await settle(app);
    assert.equal((await fetchCall(app, away.callee, away.leg)).status, 'completed');
    assert.deepEqual(requestsTo(asked, '/after'), []);
    assert.equal(requestsTo(asked, '/other').length, 1);
    assert.equal((await fetchCall(app, away.callee, away.sid)).duration, '95');

    const leaving = await aDial(app, asked.origin);
    assert.equal((await change(app, leaving.callee, leaving.leg, other)).status, 200);
    // The caller's side hears of it before time goes on.
    await settle(app, 0);
    await settle(app, 5_000);
    const [after] = requestsTo(asked, '/after');
    assert.deepEqual(
      [after?.['DialCallStatus'], after?.['DialBridged'], after?.['DialCallDuration']],
      ['completed', 'true', '60'],
    );
    // The leg goes on by itself after the call that dialled it has ended.
    assert.equal((await fetchCall(app, leaving.callee, leaving.sid)).status, 'completed');
    assert.equal((await fetchCall(app, leaving.callee, leaving.leg)).status, 'in-progress');
    await settle(app, 60_000);
    assert.equal((await fetchCall(app, leaving.callee, leaving.leg)).duration, '90');
    assert.deepEqual(await tasksLeft(app), []);
    assert.deepEqual((await verify(app.app)).differences, []);
  });
});
