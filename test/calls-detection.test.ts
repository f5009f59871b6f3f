import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aCaller, aFinishedCall, anApplication, requestsTo } from './call-support.ts';
import { onEveryEngine, testApp } from './test-app.ts';

onEveryEngine('the detection of machines', (engine) => {
  test('tells what a detection found without keeping the call waiting', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({ '/voice': '<Say>Hello</Say>' });
    const caller = await aCaller(app);
    const call = await aFinishedCall(app, caller, {
      To: '+15005550005',
      Url: `${told.origin}/voice`,
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: `${told.origin}/amd`,
    });
    assert.equal(call.answered_by, 'machine_start');
    assert.equal(requestsTo(told, '/voice')[0]?.['CallStatus'], 'in-progress');
    assert.deepEqual(requestsTo(told, '/amd'), [
      {
        AccountSid: caller.account.sid,
        AnsweredBy: 'machine_start',
        CallSid: call.sid,
        MachineDetectionDuration: '2000',
      },
    ]);
  });
});
