import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { PLAIN, verb } from '../../test/twiml/any-verb.ts';
import { STATE } from '../../test/twiml/run-twiml.ts';
import { type Outcome } from '../carriers/line-act.ts';
import { type Advance, type CallAct, FIRST_VERB, isLineAct } from './acts.ts';
import { type CallState, MAX_SECONDS } from './call-run.ts';
import { foresee } from './foresee.ts';
import { nextAct } from './next-act.ts';
import { parseTwiml } from './parse-twiml.ts';
import { runCall } from './run-call.ts';
import type { Verb } from './twiml.ts';

function verbsOf(inner: string): readonly Verb[] {
  const { document } = parseTwiml(`<Response>${inner}</Response>`);
  assert.ok(document);
  return document.verbs;
}

/** Performs a document with a far end whose outcomes are given, one for each act on the line. */
function perform(inner: string, outcomes: readonly Outcome[], state: Partial<CallState> = {}) {
  const verbs = verbsOf(inner);
  const acts: CallAct[] = [];
  const listed: (string | undefined)[] = [];
  let at: Advance = nextAct(verbs, FIRST_VERB, { ...STATE, ...state }, null);
  for (const outcome of outcomes) {
    assert.ok(isLineAct(at.act), `there is an act for ${JSON.stringify(outcome)}`);
    acts.push(at.act);
    at = nextAct(verbs, at.cursor, at.state, outcome);
    listed.push(...at.events.map(({ detail }) => JSON.stringify(detail)));
  }
  return { acts, last: at.act, state: at.state, listed };
}

/** An outcome in which time passes only. */
const took = (...prompts: number[]): Outcome => ({ prompts, seconds: 0 });

suite('the acts of a call', () => {
  test('come one at a time, and each says what the other side hears', () => {
    const { acts, last, state } = perform(
      '<Say voice="alice" language="en-GB" loop="2">Hello</Say><Play>/a.wav</Play>' +
        '<Play digits="1w2"/><Pause length="3"/><Hangup/>',
      [took(2.5), took(7), took(1), took(3)],
    );
    assert.deepEqual(
      acts.map((act) => act.kind === 'speak' && act.prompt),
      [
        {
          child: null,
          loops: 2,
          is: 'say',
          text: 'Hello',
          voice: 'alice',
          language: 'en-GB',
        },
        { child: null, loops: 1, is: 'play', url: 'https://app.example.com/a.wav' },
        { child: null, loops: 1, is: 'digits', digits: '1w2' },
        { child: null, loops: 1, is: 'pause', seconds: 3 },
      ],
    );
    assert.deepEqual(last, { kind: 'end', because: 'hangup' });
    assert.equal(state.seconds, 13.5, 'the far end says how long each took');
  });

  test('tell a Gather what to listen for, and take a key that comes in a prompt', () => {
    const gather =
      '<Gather action="/menu" numDigits="1" input="dtmf speech" hints="yes, no" speechTimeout="2">' +
      '<Say>One</Say><Say/><Play>/two.wav</Play></Gather><Hangup/>';
    const { acts, last, state, listed } = perform(gather, [
      { prompts: [0.5], seconds: 0, digits: '4' },
    ]);
    const [act] = acts;
    assert.ok(act?.kind === 'gather');
    assert.deepEqual(
      act.prompts.map(({ is, child }) => [is, child]),
      [
        ['say', 0],
        ['play', 2],
      ],
    );
    const { prompts, ...listen } = act;
    assert.equal(prompts.length, 2);
    assert.deepEqual(listen, {
      kind: 'gather',
      input: 'dtmf speech',
      finish_on_key: '#',
      num_digits: 1,
      timeout: 5,
      speech_timeout: 2,
      barge_in: true,
      language: 'en-US',
      hints: 'yes, no',
      action: 'https://app.example.com/menu',
      method: 'POST',
      action_on_empty_result: false,
    });
    assert.ok(last.kind === 'request');
    assert.deepEqual(last.parameters, { Digits: '4' });
    assert.equal(state.seconds, 0.5);
    assert.equal(listed.length, 2, 'the prompt that did not begin is not listed');
  });

  test('end with the call when the other side hangs up', () => {
    const over = { is_hung_up: true };
    for (const inner of ['<Say>Hello</Say>', '<Gather action="/a"/>', '<Record/>']) {
      const { last } = perform(`${inner}<Say>more</Say>`, [{ prompts: [], seconds: 1, ...over }]);
      assert.deepEqual(last, { kind: 'end', because: 'hangup' }, inner);
    }
    const { last } = perform('<Record/>', [{ prompts: [], seconds: 3, recorded: 3, ...over }]);
    assert.ok(last.kind === 'record');
    assert.deepEqual([last.seconds, last.digits, last.is_hung_up], [3, 'hangup', true]);
  });

  test('answer an incoming call with the first verb that speaks or listens', () => {
    const waiting = { is_answered: false };
    const answers = (inner: string) =>
      nextAct(verbsOf(inner), FIRST_VERB, { ...STATE, ...waiting }, null).state.is_answered;
    for (const inner of ['<Say>a</Say>', '<Play>/a</Play>', '<Gather/>', '<Record/>', '']) {
      assert.equal(answers(inner), true, inner);
    }
    for (const inner of ['<Pause/>', '<Reject/>', '<Redirect>/b</Redirect>']) {
      assert.equal(answers(inner), false, inner);
    }
  });
});

suite('any document with any far end', () => {
  const text = fc.constantFrom('', '1', '12#', 'hello', '\u{1F600}');
  const seconds = fc.constantFrom(0, 0.02, 1, 7, MAX_SECONDS);
  const outcome: fc.Arbitrary<Outcome> = fc.record(
    {
      prompts: fc.array(seconds, { maxLength: 4 }),
      seconds,
      digits: text,
      finished_on_key: text,
      speech: fc.record({ text, confidence: fc.constant('0.5') }),
      recorded: seconds,
      is_hung_up: fc.boolean(),
      note: text,
    },
    { requiredKeys: ['prompts', 'seconds'], noNullPrototype: true },
  );
  const state = fc.record(
    {
      base_url: fc.constantFrom(null, 'https://app.example.com/voice'),
      is_answered: fc.boolean(),
      seconds: fc.constant(0),
      max_seconds: fc.constantFrom(1, 60, MAX_SECONDS),
      inputs: fc.array(text, { maxLength: 3 }),
    },
    PLAIN,
  );
  const verbs = fc.array(verb, { maxLength: 8 });

  test('comes to an end, within its time, and goes on from stored JSON', () => {
    fc.assert(
      fc.property(verbs, state, fc.array(outcome, { minLength: 1 }), (document, begin, far) => {
        let at = nextAct(document, FIRST_VERB, begin, null);
        for (let acts = 0; isLineAct(at.act); acts += 1) {
          assert.ok(acts <= document.length, 'every verb has one act');
          const stored: typeof at = JSON.parse(JSON.stringify(at));
          assert.deepEqual(stored, at);
          const next = nextAct(
            document,
            stored.cursor,
            stored.state,
            far[acts % far.length] ?? null,
          );
          assert.ok(next.state.seconds >= at.state.seconds);
          assert.ok(next.state.seconds <= begin.max_seconds);
          assert.ok(next.cursor.verb >= at.cursor.verb);
          at = next;
        }
      }),
      { numRuns: 500 },
    );
  });

  test('does the same in one run, when the outcomes are foreseen', () => {
    fc.assert(
      fc.property(verbs, state, (document, begin) => {
        const whole = runCall(document, 0, begin);
        let at = nextAct(document, FIRST_VERB, begin, null);
        const listed = [...at.events];
        while (isLineAct(at.act)) {
          const { outcome: foreseen, inputs } = foresee(at.act, at.state);
          at = nextAct(document, at.cursor, { ...at.state, inputs }, foreseen);
          listed.push(...at.events);
        }
        assert.deepEqual([at.act, at.state], [whole.next, whole.state]);
        assert.deepEqual(listed, whole.events);
      }),
      { numRuns: 500 },
    );
  });
});
