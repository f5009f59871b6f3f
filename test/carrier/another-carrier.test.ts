import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CallCarrier, Ringing } from '../../src/carrier/carrier.ts';
import { lineUpOf, setLineUp } from '../../src/carriers/line-up.ts';
import type { SimulatedMessages } from '../../src/carriers/message-carrier.ts';
import { TaskWorker } from '../../src/jobs/task-worker.ts';
import { SIMULATED_CALLS } from '../../src/simulator/simulated-calls.ts';
import { handlersOver } from '../../src/workers.ts';
import { aCall, aCaller, anApplication, fetchCall, requestsTo } from '../support/calls.ts';
import { aNumber, read, send, THEIRS } from '../support/messages.ts';
import { onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** A carrier for which the last digits of a number have no meaning. */
function aCarrier(ringing: Partial<Ringing>): CallCarrier {
  const far: Ringing = {
    outcome: 'answered',
    answered_by: 'human',
    outcome_ms: 50,
    is_late: false,
    reaches_holder: false,
    ...ringing,
  };
  return { ...SIMULATED_CALLS, ring: () => far, talkSeconds: () => 7 };
}

/** Lets a carrier do all its tasks of one minute. */
async function carry(app: TestApp, carrier: CallCarrier): Promise<void> {
  const worker = new TaskWorker(app.app, handlersOver(carrier));
  for (let second = 0; second < 60; second += 1) {
    app.advance(1_000);
    await worker.workOff();
  }
  await worker.stop();
}

onEveryEngine('over another carrier', (engine) => {
  test('a call is as busy as the carrier says, and a number that would be busy answers', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const form = { Twiml: '<Response><Pause length="3"/></Response>' };
    const busy = await aCall(app, caller, form);
    await carry(app, aCarrier({ outcome: 'busy' }));
    assert.equal((await fetchCall(app, caller, busy.sid)).status, 'busy');

    const answered = await aCall(app, caller, { ...form, To: '+15005550002' });
    await carry(app, aCarrier({}));
    const { status, duration } = await fetchCall(app, caller, answered.sid);
    assert.deepEqual([status, duration], ['completed', '3']);
  });

  test('a Dial talks for the carrier’s length of time, after the carrier detected a machine', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    await using asked = await anApplication({
      '/voice': '<Dial action="/after">+15005550003</Dial>',
    });
    const form = { Url: `${asked.origin}/voice`, MachineDetection: 'Enable' };
    await aCall(app, caller, form);
    await carry(app, aCarrier({ answered_by: 'machine' }));
    const [voice] = requestsTo(asked, '/voice');
    assert.equal(voice?.['AnsweredBy'], 'machine_start');
    const [after] = requestsTo(asked, '/after');
    const { DialCallStatus, DialCallDuration } = after ?? {};
    assert.deepEqual([DialCallStatus, DialCallDuration], ['completed', '7']);
  });

  test('a message is refused, undelivered, or without a receipt, as the carrier says', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await aNumber(app, account);
    const ends: readonly [Partial<SimulatedMessages>, string, number | null][] = [
      [{ submit: () => ({ outcome: 'refused', outcome_ms: 10 }) }, 'failed', 30008],
      [{ receiptOf: () => ({ outcome: 'undelivered', outcome_ms: 10 }) }, 'undelivered', 30003],
      [{ receiptOf: () => null }, 'sent', null],
      [{}, 'delivered', null],
    ];
    const lineUp = lineUpOf(app.app);
    for (const [messages, status, error_code] of ends) {
      const { sid } = await send(app, account, { To: THEIRS });
      setLineUp(app.app, { ...lineUp, simulated: { ...lineUp.simulated, ...messages } });
      await carry(app, aCarrier({}));
      const message = await read(app, account, sid);
      assert.deepEqual([message.status, message.error_code], [status, error_code]);
    }
  });
});
