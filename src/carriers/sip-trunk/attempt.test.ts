import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { CallEnd } from '../sip/call.ts';
import { leadsOn, statusOf, wordsOf } from './attempt.ts';

const refused = (status: number): CallEnd => ({ why: 'refused', status, reason: null });
const CALLING = { is_ringing: false };
const RINGING = { is_ringing: true };

suite('an attempt at a target', () => {
  test('leads to the next one after a failure that another target may not have', () => {
    const next = [301, 302, 401, 407, 408, 430, 480, 500, 502, 503, 504, 580];
    const final = [400, 403, 404, 410, 484, 486, 487, 488, 501, 505, 513, 600, 603, 604, 606];
    assert.deepEqual(
      [...next, ...final].filter((status) => leadsOn(refused(status), CALLING)),
      next,
    );
    for (const status of next) assert.equal(leadsOn(refused(status), RINGING), false);
    for (const why of ['timeout', 'transport'] as const) {
      assert.equal(leadsOn({ why, status: null, reason: null }, CALLING), true);
      assert.equal(leadsOn({ why, status: null, reason: null }, RINGING), false);
    }
    assert.equal(leadsOn({ why: 'canceled', status: 487, reason: null }, CALLING), false);
  });

  test('gives the call its status and its words', () => {
    const statuses = [486, 600, 603, 480, 408, 404, 503].map((one) => [
      statusOf(refused(one), CALLING),
      statusOf(refused(one), RINGING),
    ]);
    assert.deepEqual(statuses, [
      ['busy', 'busy'],
      ['busy', 'busy'],
      ['busy', 'busy'],
      ['no-answer', 'no-answer'],
      ['failed', 'no-answer'],
      ['failed', 'failed'],
      ['failed', 'failed'],
    ]);
    assert.equal(
      wordsOf({ ...refused(486), reason: 'Q.850;cause=17' }),
      'answered 486 Busy Here (Q.850;cause=17)',
    );
    const silent = { why: 'timeout', status: null, reason: 'No answer came in time' } as const;
    assert.equal(wordsOf(silent), 'gave no answer: No answer came in time');
  });
});
