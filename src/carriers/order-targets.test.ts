import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { orderTargets, type Weighed } from './order-targets.ts';

const DRAWS = 2_000;

/** A draw that repeats itself with its seed. */
function seeded(seed: number): (limit: number) => number {
  let state = seed;
  return (limit) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * limit);
  };
}

const anyTargets = fc.array(
  fc.record({
    priority: fc.nat(3),
    weight: fc.integer({ min: 0, max: 65_535 }),
    down: fc.boolean(),
  }),
  { maxLength: 10 },
);

suite('the targets of a call', () => {
  test('come once each, the answering ones first, and by priority', () => {
    fc.assert(
      fc.property(anyTargets, fc.nat(), (targets, seed) => {
        const order = orderTargets(targets, { draw: seeded(seed), isDown: ({ down }) => down });
        assert.deepEqual(new Set(order), new Set(targets));
        assert.equal(order.length, targets.length);
        const rank = order.map(({ down, priority }) => Number(down) * 10 + priority);
        assert.deepEqual(
          rank,
          rank.toSorted((a, b) => a - b),
        );
      }),
    );
  });

  test('share calls by their weights, and the weights of those left decide the second', () => {
    const draw = seeded(2_782);
    const targets = [3, 1, 4].map((weight, index): Weighed & { readonly name: string } => ({
      priority: index === 2 ? 2 : 1,
      weight,
      name: 'abc'.charAt(index),
    }));
    const orders = Array.from({ length: DRAWS }, () =>
      orderTargets(targets, { draw, isDown: () => false })
        .map(({ name }) => name)
        .join(''),
    );
    const first = orders.filter((order) => order === 'abc').length;
    assert.equal(orders.filter((order) => order === 'bac').length, DRAWS - first);
    // Three of four, within four standard deviations of 19.
    assert.ok(Math.abs(first - 1_500) < 78, String(first));
  });
});
