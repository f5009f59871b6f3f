import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  aCall,
  aCaller,
  aFinishedCall,
  aFinishedIncoming,
  anApplication,
  requestsTo,
} from './call-support.ts';
import { onEveryEngine, testApp } from './test-app.ts';

const SAY = '<Response><Say>Hello and good evening to you</Say></Response>';

onEveryEngine('the end of a call', (engine) => {
  test('tells how the network answered, of calls that go out', async () => {
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
