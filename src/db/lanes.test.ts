import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { Lanes } from './lanes.ts';

/** Fills lanes with items that are named by their lane and their place in it. */
function filled(lengths: Readonly<Record<string, number>>): Lanes<string> {
  const lanes = new Lanes<string>();
  for (const [lane, length] of Object.entries(lengths)) {
    for (let place = 1; place <= length; place += 1) lanes.push({ lane, item: `${lane}${place}` });
  }
  return lanes;
}

const itemsOf = (taken: readonly { item: string }[]) => taken.map(({ item }) => item);

suite('lanes', () => {
  test('are served in turn, one of each, from one take to the next', () => {
    const lanes = filled({ a: 4, b: 1, c: 2 });
    assert.deepEqual(itemsOf(lanes.take(2)), ['a1', 'b1']);
    assert.deepEqual(itemsOf(lanes.take(9)), ['c1', 'a2', 'c2', 'a3', 'a4']);
    assert.equal(lanes.length, 0);
  });

  test('take back what was not served as what is next of its lane', () => {
    const lanes = filled({ a: 3, b: 2 });
    const [, ...rest] = lanes.take(4);
    lanes.giveBack(rest);
    assert.equal(lanes.length, 4);
    const again = itemsOf(lanes.take(9));
    assert.deepEqual(
      again.filter((item) => item.startsWith('a')),
      ['a2', 'a3'],
    );
    assert.deepEqual(
      again.filter((item) => item.startsWith('b')),
      ['b1', 'b2'],
    );
  });

  test('lose the newest of the longest, and of their own when none is longer', () => {
    const lanes = filled({ a: 3, b: 1 });
    assert.equal(lanes.dropNewest('b'), 'a3');
    assert.equal(lanes.dropNewest('b'), 'a2');
    assert.equal(lanes.dropNewest('b'), 'b1');
    assert.deepEqual(itemsOf(lanes.take(9)), ['a1']);
    assert.equal(lanes.dropNewest('b'), undefined);
  });

  test('lose nothing, double nothing and keep the order of each, whatever is done', () => {
    const step = fc.oneof(
      fc.record({ push: fc.constantFrom('a', 'b', 'c') }),
      fc.record({ take: fc.nat(5), keep: fc.nat(5) }),
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const lanes = new Lanes<string>();
        const pushed = new Map<string, number>();
        const served: string[] = [];
        for (const one of steps) {
          if ('push' in one) {
            const number = (pushed.get(one.push) ?? 0) + 1;
            pushed.set(one.push, number);
            lanes.push({ lane: one.push, item: `${one.push}${number}` });
          } else {
            const taken = lanes.take(one.take);
            served.push(...itemsOf(taken.slice(0, one.keep)));
            lanes.giveBack(taken.slice(one.keep));
          }
        }
        served.push(...itemsOf(lanes.take(steps.length)));
        for (const [lane, count] of pushed) {
          const expected = Array.from({ length: count }, (_, index) => `${lane}${index + 1}`);
          assert.deepEqual(
            served.filter((item) => item.startsWith(lane)),
            expected,
          );
        }
      }),
    );
  });
});
