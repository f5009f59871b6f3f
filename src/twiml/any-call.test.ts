import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { type CallState, MAX_SECONDS } from './call-run.ts';
import { runCall } from './run-call.ts';
import type { Verb } from './twiml.ts';

/** Verbs as a hostile author could write them. */
const NAMES =
  'Say Play Pause Gather Record Dial Number Hangup Reject Redirect Message Sms Body Media Client ' +
  'toString __proto__ say';
const ATTRIBUTES =
  'action method loop length digits timeout numDigits finishOnKey input maxLength timeLimit record ' +
  'reason statusCallback actionOnEmptyResult recordingStatusCallbackEvent toString constructor';
const VALUES =
  ' 0 1 9 14400 99999999999 -1 true false GET get speech /a http://[ // https://u:p@h/ 12# busy ' +
  '+14155552671 \uD800 ";--';
/** Makes plain objects, like those from JSON. */
const PLAIN = { noNullPrototype: true };
const anyOf = (words: string) => fc.constantFrom(...words.split(' '));
const value = fc.oneof(anyOf(VALUES), fc.string({ unit: 'grapheme' }));
const { verb } = fc.letrec<{ verb: Verb; children: Verb[] }>((tie) => ({
  verb: fc.record<Verb>(
    {
      name: anyOf(NAMES),
      attributes: fc.dictionary(anyOf(ATTRIBUTES), value, PLAIN),
      text: value,
      children: tie('children'),
      line: fc.nat(),
    },
    PLAIN,
  ),
  children: fc.oneof(
    { depthSize: 'small' },
    fc.constant<Verb[]>([]),
    fc.array(tie('verb'), { maxLength: 3 }),
  ),
}));

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
