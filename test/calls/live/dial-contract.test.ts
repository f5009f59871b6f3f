import assert from 'node:assert/strict';
import { test } from 'node:test';
import { legsOf } from '../../../src/calls/live/own-legs.ts';
import { verify } from '../../../src/verify/verify.ts';
import { tasksLeft } from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import {
  callOf,
  inMemory,
  legsOfCall,
  overSip,
  type Stage,
  type Story,
  simulated,
  TALK,
} from './dial-stages.ts';

const STAGES: Readonly<Record<string, Stage>> = {
  'without a wire': simulated,
  'over a wire in memory': inMemory,
  'over SIP': overSip,
};

interface Expected {
  /** `DialCallStatus`, `DialBridged`, and the status of the call then. */
  readonly told: string;
  /** The statuses of the legs, in the order of the alphabet. */
  readonly legs: readonly string[];
}

const STORIES: readonly (readonly [string, Story, Expected])[] = [
  [
    'connects the one who answers',
    { numbers: ['answers'] },
    { told: 'completed true in-progress', legs: ['completed'] },
  ],
  [
    'tells that the line is busy',
    { numbers: ['busy'] },
    { told: 'busy false in-progress', legs: ['busy'] },
  ],
  [
    'tells that nobody answers',
    { numbers: ['no-answer'] },
    { told: 'no-answer false in-progress', legs: ['no-answer'] },
  ],
  [
    'tells that a call failed',
    { numbers: ['failed'] },
    { told: 'failed false in-progress', legs: ['failed'] },
  ],
  [
    'stops the ringing of others when somebody answers',
    { numbers: ['busy', 'no-answer', 'answers'] },
    { told: 'completed true in-progress', legs: ['busy', 'canceled', 'completed'] },
  ],
  [
    'calls one after the other, until somebody answers',
    { numbers: ['busy', 'failed', 'answers', 'busy'], attributes: 'sequential="true"' },
    { told: 'completed true in-progress', legs: ['busy', 'completed', 'failed'] },
  ],
  [
    'speaks to the one who answers before both talk',
    { numbers: ['answers'], whisper: '<Say>A call for you</Say>' },
    { told: 'completed true in-progress', legs: ['completed'] },
  ],
  [
    'connects nobody whose document hangs up',
    { numbers: ['answers'], whisper: '<Hangup/>' },
    { told: 'completed false in-progress', legs: ['completed'] },
  ],
  [
    'ends its legs when the caller hangs up while they ring',
    { numbers: ['no-answer'], caller_hangs_up: 'ringing' },
    { told: 'canceled false completed', legs: ['canceled'] },
  ],
  [
    'ends its legs when the caller hangs up in the talk',
    { numbers: ['answers'], caller_hangs_up: 'talking' },
    { told: 'completed true completed', legs: ['completed'] },
  ],
  [
    'ends when the caller presses a star, and the caller goes on',
    { numbers: ['answers'], attributes: 'hangupOnStar="true"', is_star: true },
    { told: 'completed true in-progress', legs: ['completed'] },
  ],
  [
    'calls nobody under the number of somebody else',
    { numbers: ['failed'], attributes: 'callerId="+15005554321"' },
    { told: 'failed false in-progress', legs: [] },
  ],
];

async function legsLeft({ app }: TestApp): Promise<number> {
  return (await app.database.db.selectFrom('legs').select('call_sid').execute()).length;
}

for (const [where, stage] of Object.entries(STAGES)) {
  onEveryEngine(`a Dial ${where}`, (engine) => {
    for (const [name, story, expected] of STORIES) {
      test(name, async () => {
        await using app = await testApp({ engine });
        const told = await stage(app, story);
        const [after, ...more] = told.after;
        assert.ok(after);
        assert.equal(more.length, 0);
        const { DialCallStatus, DialBridged, CallStatus, DialCallSid, DialCallDuration } = after;
        assert.equal(`${DialCallStatus} ${DialBridged} ${CallStatus}`, expected.told);
        await legsOf(app.app).look();
        const legs = await legsOfCall(app, told.account, told.sid);
        assert.deepEqual(legs.map(({ status = '' }) => status).toSorted(), expected.legs);
        for (const leg of legs) {
          assert.deepEqual([leg['direction'], leg['parent_call_sid']], ['outbound-dial', told.sid]);
          assert.equal(leg['price'] !== null, leg['status'] === 'completed');
        }
        const shown = legs.find(({ sid }) => sid === DialCallSid);
        assert.equal(shown?.['status'], legs.length === 0 ? undefined : DialCallStatus);
        if (shown && DialBridged === 'true') {
          assert.equal(shown['duration'], DialCallDuration);
          assert.ok(Math.abs(TALK - Number(DialCallDuration)) <= 1);
        }
        assert.equal((await callOf(app, told)).status, 'completed');
        assert.deepEqual(await tasksLeft(app), []);
        assert.equal(await legsLeft(app), 0);
        assert.deepEqual((await verify(app.app)).differences, []);
      });
    }
  });
}
