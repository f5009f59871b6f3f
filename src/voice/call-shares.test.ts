import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { shareCalls } from './call-shares.ts';
import type { Target } from './connection-policy.ts';

type Given = Pick<Target, 'priority' | 'weight' | 'enabled'>;

function targetsOf(given: readonly Given[]): Target[] {
  return given.map((one, at) => ({ ...one, sid: `NE${at}` }) as Target);
}

const anyTargets = fc.array(
  fc.record({
    priority: fc.integer({ min: 0, max: 3 }),
    weight: fc.integer({ min: 1, max: 65_535 }),
    enabled: fc.constantFrom(0, 1),
  }),
  { maxLength: 8 },
);

suite('calls of a connection policy', () => {
  test('all go to the enabled targets of the best priority, and the same seed draws the same targets', () => {
    fc.assert(
      fc.property(anyTargets, fc.integer({ min: 0, max: 9 }), (given, seed) => {
        const targets = targetsOf(given);
        const shares = shareCalls(targets, 50, seed);
        const enabled = targets.filter(({ enabled }) => enabled === 1);
        const best = Math.min(...enabled.map(({ priority }) => priority));
        const sum = [...shares.values()].reduce((total, calls) => total + calls, 0);
        assert.equal(sum, enabled.length > 0 ? 50 : 0);
        assert.equal(shares.size, targets.length);
        for (const { sid, enabled, priority } of targets) {
          if (enabled === 0 || priority !== best) assert.equal(shares.get(sid), 0);
        }
        assert.deepEqual(shareCalls(targets, 50, seed), shares);
      }),
    );
  });

  test('are shared by weight: chi-squared of 100,000 draws', () => {
    const weights = [1, 7, 32, 160, 4_000, 65_535];
    const targets = targetsOf(weights.map((weight) => ({ priority: 5, weight, enabled: 1 })));
    const shares = shareCalls(targets, 100_000, 42);
    const whole = weights.reduce((sum, weight) => sum + weight, 0);
    let chi = 0;
    for (const [at, weight] of weights.entries()) {
      const expected = (100_000 * weight) / whole;
      chi += ((shares.get(`NE${at}`) ?? 0) - expected) ** 2 / expected;
    }
    // Five degrees of freedom, p = 0.001.
    assert.ok(chi < 20.5, `chi-squared is ${chi}`);
  });
});
