import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { GRANT_STEPS } from '../../src/authorizations/grant-step.ts';
import { CALL_STEPS } from '../../src/calls/call-step.ts';
import { DETECTION_STEPS } from '../../src/calls/detect-machine.ts';
import { handOver } from '../../src/jobs/hand-over.ts';
import { readStep, type Steps, UnreadableStep } from '../../src/jobs/step.ts';
import { type Step, TASK_KINDS } from '../../src/jobs/task.ts';
import { fetchTask } from '../../src/jobs/task-store.ts';
import { MESSAGE_STEPS } from '../../src/messages/message-step.ts';
import { COST_STEPS } from '../../src/messages/wire/plan-cost.ts';
import { NUMBER_STEPS } from '../../src/numbers/rent-number.ts';
import { TRANSCRIPTION_STEPS } from '../../src/recordings/transcription.ts';
import { aCall, aCaller, fetchCall, settle } from '../support/calls.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { valuesOf } from '../support/values-of-schema.ts';

const ALL_STEPS: readonly Steps<Step>[] = [
  MESSAGE_STEPS,
  CALL_STEPS,
  NUMBER_STEPS,
  TRANSCRIPTION_STEPS,
  DETECTION_STEPS,
  GRANT_STEPS,
  COST_STEPS,
];
const PUT_OFF = 'a step that this server cannot read is put off';

async function taskOf({ app }: TestApp, sid: string) {
  const task = await fetchTask(app.database.db, sid);
  assert.ok(task, `there is no task for ${sid}`);
  return task;
}

/** Stores another step in a task, like a server of another version. */
async function putStep({ app }: TestApp, sid: string, step: string): Promise<void> {
  await app.database.write((tx) =>
    tx.updateTable('carrier_tasks').set({ step }).where('sid', '=', sid).execute(),
  );
}

/** The lines of the log about unreadable steps since the last call. */
function toldOf(app: TestApp) {
  const lines = app.logLines.splice(0).map((line) => JSON.parse(line));
  return lines
    .filter(({ msg }) => msg === PUT_OFF)
    .map(({ task, kind, version }) => ({ task, kind, version }));
}

onEveryEngine('steps of tasks', (engine) => {
  for (const steps of ALL_STEPS) {
    const { kind, schema } = steps;

    test(`every step of the kind ${kind} is read as it was written`, async () => {
      await using app = await testApp({ engine });
      const { sid: account_sid } = await app.anAccount();
      const thing = { sid: 'a thing', account_sid, root_sid: account_sid, kind };
      const drawn = fc.array(valuesOf(schema) as fc.Arbitrary<Step>, { minLength: 1 });
      await fc.assert(
        fc.asyncProperty(drawn, async (all) => {
          const read = await asSystem(app, async (act) => {
            const texts: string[] = [];
            for (const step of all) {
              await handOver(act, thing, { step, date_next: act.now });
              const task = await fetchTask(act.tx, thing.sid);
              assert.ok(task);
              texts.push(task.step);
            }
            return texts;
          });
          assert.deepEqual(
            read.map((text) => JSON.parse(text)),
            all.map((step) => ({ v: 1, ...step })),
          );
          assert.deepEqual(
            read.map((text) => readStep(steps, text)),
            all,
          );
          // Rows of older servers, which wrote no version.
          assert.deepEqual(
            all.map((step) => readStep(steps, JSON.stringify(step))),
            all,
          );
        }),
        { numRuns: 20 },
      );
    });

    test(`a step of the kind ${kind} that cannot be read is put off, and told`, async () => {
      await using app = await testApp({ engine });
      const { sid: account_sid } = await app.anAccount();
      const [step = { name: '' }] = fc.sample(valuesOf(schema) as fc.Arbitrary<Step>, 1);
      const thing = { sid: `XX${kind}`, account_sid, root_sid: account_sid, kind };
      const { now } = app.app;
      await asSystem(app, (act) => handOver(act, thing, { step, date_next: act.now }));
      const refused = [
        { text: JSON.stringify({ ...step, v: 2 }), version: 2 },
        { text: JSON.stringify({ ...step, v: 'next' }), version: null },
        { text: JSON.stringify({ v: 1, name: 'another' }), version: 1 },
        { text: '[]', version: null },
        { text: 'no JSON', version: null },
      ];
      for (const [index, { text, version }] of refused.entries()) {
        await putStep(app, thing.sid, text);
        toldOf(app);
        await app.deliver();
        assert.deepEqual(toldOf(app), [{ task: thing.sid, kind, version }], text);
        const { step: kept, failures, date_next, lease } = await taskOf(app, thing.sid);
        const deferred = { step: text, failures: index + 1, lease: null };
        assert.deepEqual({ step: kept, failures, lease }, deferred);
        assert.equal(date_next, now() + 1_000 * 2 ** index);
        assert.throws(() => readStep(steps, text), UnreadableStep);
        // The step is not read again before it is due.
        await app.deliver();
        assert.deepEqual(toldOf(app), []);
        app.advance(date_next - now());
      }
    });
  }

  test('each kind of task has its steps', () => {
    assert.deepEqual(ALL_STEPS.map(({ kind }) => kind).toSorted(), [...TASK_KINDS].toSorted());
  });

  test('a call whose step is of another version stands still until it is written anew', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { sid } = await aCall(app, caller, { Twiml: '<Response><Say>Hi</Say></Response>' });
    const { step } = await taskOf(app, sid);
    await putStep(app, sid, JSON.stringify({ ...JSON.parse(step), v: 2 }));
    toldOf(app);
    await app.deliver();
    assert.deepEqual(toldOf(app), [{ task: sid, kind: 'call', version: 2 }]);
    assert.equal((await fetchCall(app, caller, sid)).status, 'queued');

    // The call's length is unknown to this version, so this version does not end the call either.
    const path = `${caller.calls}/${sid}.json`;
    const refused = await app.post(path, caller.login, { Status: 'completed' });
    assert.deepEqual([refused.status, refused.json.code], [503, 20503], refused.text);
    assert.equal(refused.headers['retry-after'], '1');

    await putStep(app, sid, step);
    await settle(app);
    assert.equal((await fetchCall(app, caller, sid)).status, 'completed');
  });

  test('a call from before steps and options had all their fields goes on', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const { sid } = await aCall(app, caller, { Twiml: '<Response><Say>Hi</Say></Response>' });
    const { options } = await app.app.database.db
      .selectFrom('calls')
      .select('options')
      .where('sid', '=', sid)
      .executeTakeFirstOrThrow();
    const { byoc, call_reason, sip_auth_username, is_given_up, ...older } = JSON.parse(options);
    assert.deepEqual(
      [byoc, call_reason, sip_auth_username, is_given_up],
      [null, null, null, false],
    );
    await app.app.database.write((tx) =>
      tx
        .updateTable('calls')
        .set({ options: JSON.stringify(older) })
        .where('sid', '=', sid)
        .execute(),
    );
    await putStep(app, sid, JSON.stringify({ name: 'start' }));
    await settle(app);
    assert.equal((await fetchCall(app, caller, sid)).status, 'completed');
  });
});
