import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCallee,
  aFinishedIncoming,
  anApplication,
  type Caller,
  requestsTo,
  tasksLeft,
  usageOf,
} from '../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** The longest ringing, and the length of a conversation, in seconds. */
const TIMEOUT = 8;
const RING = 5;
const TALK = 20;

/** The callees: numbers outside, and numbers of the server that an application runs. */
const CALLED = {
  '+15005559876': 'completed',
  '+15005550005': 'completed',
  '+15005550002': 'busy',
  '+15005550003': 'no-answer',
  '+15005550004': 'failed',
  '+15005550001': 'failed',
  answering: 'completed',
  busy: 'busy',
  rejecting: 'no-answer',
} as const;
/** The TwiML for the callee before the two are connected. */
const WHISPERS = { '': true, '<Say>A call for you</Say>': true, '<Hangup/>': false } as const;
/** The seconds until the caller hangs up: never, during ringing, in the conversation. */
const HANG_UPS = [null, 3, 12] as const;

interface Case {
  readonly called: keyof typeof CALLED;
  readonly whisper: keyof typeof WHISPERS;
  readonly hang_up_after: (typeof HANG_UPS)[number];
}

const CASES: readonly Case[] = (Object.keys(CALLED) as Case['called'][]).flatMap((called) =>
  (Object.keys(WHISPERS) as Case['whisper'][])
    .filter((whisper) => whisper === '' || CALLED[called] === 'completed')
    .flatMap((whisper) => HANG_UPS.map((hang_up_after) => ({ called, whisper, hang_up_after }))),
);

/** `DialCallStatus`, `DialBridged` and `CallStatus` in the request to the action. */
function expectedOf({ called, whisper, hang_up_after }: Case): string {
  const status = CALLED[called];
  const rings = called === '+15005550003' ? TIMEOUT : RING;
  // An invalid number fails without ringing.
  if (called === '+15005550001') return 'failed false in-progress';
  if (hang_up_after !== null && hang_up_after <= rings) return 'canceled false completed';
  if (status !== 'completed') return `${status} false in-progress`;
  if (!WHISPERS[whisper]) return 'completed false in-progress';
  const isCutOff = hang_up_after !== null && hang_up_after < RING + TALK;
  return `completed true ${isCutOff ? 'completed' : 'in-progress'}`;
}

interface Stage {
  readonly app: TestApp;
  readonly here: Readonly<Record<string, string>>;
}

async function dialled({ app, here }: Stage, { called, whisper, hang_up_after }: Case) {
  const url = whisper === '' ? '' : 'url="/whisper"';
  await using asked = await anApplication({
    '/voice': `<Dial action="/after" timeout="${TIMEOUT}"><Number ${url}>${here[called] ?? called}</Number></Dial>`,
    '/whisper': whisper,
    '/after': '<Say>Goodbye</Say>',
  });
  const callee = await aCallee(app, asked.origin);
  const call = await aFinishedIncoming(
    app,
    callee,
    hang_up_after === null ? {} : { hang_up_after },
  );
  return { call, callee, told: requestsTo(asked, '/after') };
}

async function legsOf(app: TestApp, { calls, login }: Caller, sid: string) {
  const listed = await app.get(`${calls}.json?ParentCallSid=${sid}`, login);
  return listed.json.calls as Record<string, string>[];
}

onEveryEngine('a Dial', (engine) => {
  test('reports its end to its action, for any callee, any announcement and any moment of hanging up', async () => {
    await using app = await testApp({ engine });
    await using there = await anApplication({
      '/answering': `<Say>Hello</Say><Pause length="${TALK - 1}"/>`,
      '/busy': '<Reject reason="busy"/>',
      '/rejecting': '<Reject/>',
    });
    const here: Record<string, string> = {};
    for (const name of ['answering', 'busy', 'rejecting']) {
      const VoiceUrl = `${there.origin}/${name}`;
      here[name] = (await aCallee(app, there.origin, { VoiceUrl })).number;
    }
    // The course of a call is the same on both engines, so PostgreSQL sees every fourth case.
    const cases = engine === 'sqlite' ? CASES : CASES.filter((_, index) => index % 4 === 0);
    for (const one of cases) {
      const name = JSON.stringify(one);
      const { call, callee, told } = await dialled({ app, here }, one);
      assert.equal(told.length, 1, name);
      const { DialCallStatus, DialBridged, CallStatus, DialCallSid } = told[0] ?? {};
      assert.equal(`${DialCallStatus} ${DialBridged} ${CallStatus}`, expectedOf(one), name);
      assert.equal(call.status, 'completed', name);
      if (one.hang_up_after) assert.ok(Number(call.duration) <= one.hang_up_after, name);
      const [leg] = await legsOf(app, callee, call.sid);
      assert.equal(leg?.['sid'], DialCallSid, name);
      if (leg) assert.equal(leg['status'], DialCallStatus, name);
      const isCharged = DialCallStatus === 'completed';
      assert.equal('calls-outbound' in (await usageOf(app, callee)), isCharged, name);
    }
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('of several numbers rings until the first answer, in any order of the list', async () => {
    await using app = await testApp({ engine });
    const numbers = ['+15005550003', '+15005559876', '+15005550002', '+15005550004'];
    const orders = numbers.flatMap((_, at) => {
      const turned = [...numbers.slice(at), ...numbers.slice(0, at)];
      return [turned, turned.toReversed()];
    });
    for (const order of orders) {
      const list = order.map((number) => `<Number>${number}</Number>`).join('');
      await using asked = await anApplication({
        '/voice': `<Dial action="/after" timeout="140">${list}</Dial>`,
        '/after': '<Hangup/>',
      });
      const callee = await aCallee(app, asked.origin);
      const call = await aFinishedIncoming(app, callee);
      const legs = await legsOf(app, callee, call.sid);
      assert.deepEqual(
        Object.fromEntries(legs.map(({ to, status }) => [to, status])),
        {
          '+15005550003': 'canceled',
          '+15005559876': 'completed',
          '+15005550002': 'busy',
          '+15005550004': 'canceled',
        },
        order.join(),
      );
      assert.equal(call.duration, String(RING + TALK));
      const [told] = requestsTo(asked, '/after');
      assert.deepEqual([told?.['DialCallStatus'], told?.['DialBridged']], ['completed', 'true']);
    }
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('of several unanswered numbers lasts until ringing ends, and reports the last to end', async () => {
    await using app = await testApp({ engine });
    for (const order of [
      ['+15005550003', '+15005550002'],
      ['+15005550002', '+15005550003'],
    ]) {
      const list = order.map((number) => `<Number>${number}</Number>`).join('');
      await using asked = await anApplication({
        '/voice': `<Dial action="/after" timeout="30">${list}</Dial>`,
        '/after': '<Hangup/>',
      });
      const callee = await aCallee(app, asked.origin);
      const call = await aFinishedIncoming(app, callee);
      const [told] = requestsTo(asked, '/after');
      assert.deepEqual([told?.['DialCallStatus'], call.duration], ['no-answer', '30']);
    }
  });
});
