import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { PLAIN, verb } from '../../test/twiml/any-verb.ts';
import { type CallState, MAX_SECONDS } from './call-run.ts';
import { runCall } from './run-call.ts';

test('a call with any TwiML goes on and ends', () => {
  const fields = {
    base_url: fc.constantFrom(null, 'https://app.example.com/voice'),
    is_answered: fc.boolean(),
    seconds: fc.constant(0),
    max_seconds: fc.constantFrom(1, 60, MAX_SECONDS),
    inputs: fc.array(fc.constantFrom('', '1', '12#', '#', 'hello', '\u{1F600}'), { maxLength: 3 }),
  };
  const state = fc.record(fields, PLAIN);
  fc.assert(
    fc.property(fc.array(verb, { maxLength: 12 }), state, (verbs, begin) => {
      let from = 0;
      let at: CallState = begin;
      for (let runs = 0; ; runs += 1) {
        assert.ok(runs <= verbs.length);
        const done = runCall(verbs, from, at);
        assert.deepEqual(JSON.parse(JSON.stringify(done)), done, 'it can be stored');
        assert.deepEqual(runCall(verbs, from, at), done, 'it is the same again');
        const { next, state: after } = done;
        assert.ok(after.seconds >= at.seconds && after.seconds <= begin.max_seconds);
        assert.ok(!at.is_answered || after.is_answered);
        if (next.kind === 'request') assert.match(next.url, /^https?:\/\//);
        if (!('position' in next)) return;
        assert.ok(next.position > from);
        from = next.position;
        at = after;
      }
    }),
    { numRuns: 500 },
  );
});
