import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { hasEnded, type MessageStatus } from '../message.ts';
import {
  MOVES,
  type Move,
  type PartState,
  WIRE_EVENTS,
  type WireEvent,
  type WireState,
  wholeOf,
} from './wire-fate.ts';

/** Runs events over a message whose first submission has begun. */
function run(events: readonly WireEvent[]) {
  let state: WireState = 'submitted';
  const told: MessageStatus[] = [];
  const states: WireState[] = [state];
  for (const event of events) {
    const move: Move = MOVES[state][event];
    told.push(...move.tell);
    state = move.to;
    states.push(state);
  }
  return { state, told, states };
}

const anyEvents = fc.array(fc.constantFrom(...WIRE_EVENTS), { maxLength: 12 });

suite('the fate of a message on a wire, over any order of events', () => {
  test('ends once, and tells each status once, `sent` before the end', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const { state, told } = run(events);
        assert.equal(new Set(told).size, told.length, 'no status is told twice');
        const ends = told.filter((status) => hasEnded({ status }));
        assert.ok(ends.length <= 1, 'one end');
        if (ends.length === 1) assert.deepEqual(told.slice(-1), ends, 'nothing after the end');
        if (told.includes('delivered')) assert.equal(told[0], 'sent');
        assert.equal(ends.length === 1, state === 'ended' && told.some((s) => s !== 'sent'));
      }),
    );
  });

  test('is submitted again only after an answer that says that nothing was taken', () => {
    fc.assert(
      fc.property(anyEvents, (events) => {
        const { states } = run(events);
        for (const [index, state] of states.entries()) {
          if (state !== 'waiting' || states[index - 1] === 'waiting') continue;
          assert.equal(events[index - 1], 'later');
          assert.equal(states[index - 1], 'submitted');
        }
      }),
    );
  });

  test('is the same whether the answer or the report comes first', () => {
    for (const report of ['buffered', 'sent', 'delivered', 'undelivered', 'failed'] as const) {
      const [answerFirst, reportFirst] = [run(['accepted', report]), run([report, 'accepted'])];
      assert.equal(answerFirst.state, reportFirst.state, report);
      const last = (told: readonly MessageStatus[]) => told.at(-1);
      assert.equal(last(answerFirst.told), last(reportFirst.told), report);
    }
  });

  test('is unknown until a report settles it, or its validity ends', () => {
    assert.deepEqual(run(['unknown']).told, []);
    assert.deepEqual(run(['unknown', 'delivered']).told, ['sent', 'delivered']);
    assert.deepEqual(run(['unknown', 'expired']).told, ['undelivered']);
    assert.deepEqual(run(['accepted', 'expired']).told, ['sent']);
  });
});

suite('the fate of a message of several parts', () => {
  const anyParts = fc.array(
    fc.constantFrom<PartState>('accepted', 'delivered', 'undelivered', 'failed'),
    { minLength: 1, maxLength: 5 },
  );

  test('is delivered when every part is, and bad when one part is, in any order', () => {
    fc.assert(
      fc.property(anyParts, fc.nat({ max: 2 }), (states, missing) => {
        const parts = states.length + missing;
        const whole = wholeOf(states, parts);
        assert.equal(wholeOf(states.toReversed(), parts), whole);
        const isAll = missing === 0 && states.every((state) => state === 'delivered');
        assert.equal(whole === 'delivered', isAll);
        const isBad = states.includes('failed') || states.includes('undelivered');
        assert.equal(whole === 'failed' || whole === 'undelivered', isBad);
      }),
    );
  });
});
