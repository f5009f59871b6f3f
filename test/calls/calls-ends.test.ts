import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCall,
  aCallee,
  aCaller,
  aFinishedCall,
  aFinishedIncoming,
  anApplication,
  requestsTo,
  settle,
  tasksLeft,
} from '../support/calls.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

const SAY = '<Response><Say>Hello and good evening to you</Say></Response>';

onEveryEngine('the end of a call', (engine) => {
  test('in a Record is reported to its action, with the recording until then', async () => {
    await using app = await testApp({ engine });
    const told = async (hang_up_after: number | null, inner: string) => {
      await using asked = await anApplication({ '/voice': inner, '/after': '<Say>Unheard</Say>' });
      const callee = await aCallee(app, asked.origin);
      const call = await aFinishedIncoming(app, callee, hang_up_after ? { hang_up_after } : {});
      assert.equal(call.status, 'completed');
      const [after, ...more] = requestsTo(asked, '/after');
      assert.deepEqual(more, []);
      if (!after) return null;
      assert.equal(after['RecordingUrl']?.endsWith(after['RecordingSid'] ?? '-'), true);
      const names = ['Digits', 'CallStatus', 'RecordingDuration'];
      return [call.duration, ...names.map((name) => after[name])].join(' ');
    };
    const RECORD = '<Record action="/after"/><Say>Unheard</Say>';
    // The speaker talks for five seconds, and five seconds of silence end the recording.
    assert.equal(await told(3, RECORD), '3 hangup completed 3');
    assert.equal(await told(7, RECORD), '7 hangup completed 5');
    assert.equal(await told(null, RECORD), '11  in-progress 5');
    assert.equal(await told(3, '<Gather action="/after"/><Say>Unheard</Say>'), null);
  });

  test('in a Record, by a request, keeps the recording until then', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const changes = [{ Status: 'completed' }, { Twiml: SAY }];
    for (const change of changes) {
      const { sid } = await aCall(app, caller, {
        Twiml:
          '<Response><Pause length="1"/><Record maxLength="3600" action="http://x/"/></Response>',
      });
      await settle(app, 460);
      const changed = await app.post(`${caller.calls}/${sid}.json`, caller.login, change);
      assert.equal(changed.status, 200, changed.text);
      await settle(app);
      const path = `${caller.calls}/${sid}/Recordings.json`;
      const [recording] = (await app.get(path, caller.login)).json.recordings;
      assert.equal(recording.status, 'completed');
      assert.equal(recording.duration, '2');
    }
    assert.deepEqual(await tasksLeft(app), []);
  });

  test('comes its duration after its beginning, although the clock is not there yet', async () => {
    await using app = await testApp({ engine });
    const caller = await aCaller(app);
    const call = await aFinishedCall(app, caller, {
      Twiml: '<Response><Say>Hello</Say><Pause length="600"/></Response>',
    });
    assert.equal(call.duration, '601');
    assert.equal(Date.parse(call.end_time) - Date.parse(call.start_time), 601_000);
  });

  test('has the answer of the network, for outgoing calls', async () => {
    await using app = await testApp({ engine });
    await using told = await anApplication({ '/voice': '<Reject/>' });
    const StatusCallback = `${told.origin}/status`;
    const caller = await aCaller(app, { VoiceUrl: `${told.origin}/voice`, StatusCallback });
    for (const ending of ['1234', '0002', '0003', '0004']) {
      await aFinishedCall(app, caller, { To: `+1500555${ending}`, Twiml: SAY, StatusCallback });
    }
    const canceled = await aCall(app, caller, { Twiml: SAY, StatusCallback });
    const path = `${caller.calls}/${canceled.sid}.json`;
    await app.post(path, caller.login, { Status: 'canceled' });
    await aFinishedIncoming(app, caller);
    const codes = requestsTo(told, '/status').map(
      ({ CallStatus, SipResponseCode = 'none' }) => `${CallStatus} ${SipResponseCode}`,
    );
    assert.deepEqual(codes.toSorted(), [
      'busy 486',
      'canceled 487',
      'completed 200',
      'failed 503',
      'no-answer 487',
      'no-answer none',
    ]);
  });
});
