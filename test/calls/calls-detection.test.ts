import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCall,
  aCallee,
  aCaller,
  aFinishedCall,
  aFinishedIncoming,
  anApplication,
  fetchCall,
  requestsTo,
  settle,
  tasksLeft,
} from '../support/calls.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

const SAY = '<Response><Say>Hello</Say></Response>';

onEveryEngine('a detection of machines', (engine) => {
  test('in the background connects the call first and reports later', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({
      '/voice': '<Say>Hello</Say><Redirect>/more</Redirect>',
      '/more': '<Pause length="20"/>',
    });
    const caller = await aCaller(app);
    const { sid } = await aCall(app, caller, {
      To: '+15005550005',
      Url: `${told.origin}/voice`,
      StatusCallback: `${told.origin}/status`,
      StatusCallbackEvent: ['answered', 'completed'],
      MachineDetection: 'Enable',
      AsyncAmd: 'true',
      AsyncAmdStatusCallback: `${told.origin}/amd`,
    });
    // The answer comes after 0.4 seconds. The two seconds of detection pass in a few hundredths.
    await settle(app, 400);
    assert.equal((await fetchCall(app, caller, sid)).answered_by, null);
    assert.deepEqual(requestsTo(told, '/amd'), []);
    const [asked] = requestsTo(told, '/voice');
    assert.deepEqual([asked?.['CallStatus'], asked?.['AnsweredBy']], ['in-progress', undefined]);
    await settle(app);
    assert.equal((await fetchCall(app, caller, sid)).answered_by, 'machine_start');
    assert.deepEqual(requestsTo(told, '/amd'), [
      {
        AccountSid: caller.account.sid,
        AnsweredBy: 'machine_start',
        CallSid: sid,
        MachineDetectionDuration: '2000',
      },
    ]);
    const answered = requestsTo(told, '/status').find((one) => one['CallStatus'] === 'in-progress');
    assert.equal(answered?.['AnsweredBy'], undefined);
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('before the first request has its result in that request', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({ '/voice': '<Say>Hello</Say>' });
    const caller = await aCaller(app);
    await aFinishedCall(app, caller, {
      To: '+15005550005',
      Url: `${told.origin}/voice`,
      MachineDetection: 'DetectMessageEnd',
    });
    assert.equal(requestsTo(told, '/voice')[0]?.['AnsweredBy'], 'machine_end_beep');
  });

  test('is not made in a call that sends digits', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const call = await aFinishedCall(app, caller, {
      To: '+15005550005',
      Twiml: SAY,
      MachineDetection: 'Enable',
      SendDigits: 'ww1',
    });
    assert.equal(call.answered_by, null);
  });

  test('is reported for each Number that wants it, while the two talk', async () => {
    await using app = await testApp({ engine });
    const found = async (attributes: string, number: string) => {
      await using told = await anApplication({
        '/voice': `<Dial action="/after"><Number ${attributes} amdStatusCallback="/amd">${number}</Number></Dial>`,
        '/after': '<Hangup/>',
      });
      const callee = await aCallee(app, told.origin);
      const { sid } = await aFinishedIncoming(app, callee);
      const { calls } = (await app.get(`${callee.calls}.json?ParentCallSid=${sid}`, callee.login))
        .json;
      const [amd, ...more] = requestsTo(told, '/amd');
      assert.deepEqual(more, []);
      assert.equal(requestsTo(told, '/after')[0]?.['DialBridged'], 'true');
      assert.equal(calls[0].answered_by, amd?.['AnsweredBy'] ?? null);
      if (amd) assert.equal(amd['CallSid'], calls[0].sid);
      return amd?.['AnsweredBy'];
    };
    assert.equal(await found('machineDetection="Enable"', '+15005550005'), 'machine_start');
    const end = 'machineDetection="DetectMessageEnd" machineDetectionTimeout="10"';
    assert.equal(await found(end, '+15005550005'), 'machine_end_beep');
    assert.equal(await found(end, '+15005559876'), 'human');
    assert.equal(await found('', '+15005550005'), undefined);
    assert.equal(await found(`${end} sendDigits="1"`, '+15005550005'), undefined);
  });
});
