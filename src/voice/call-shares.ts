import { hash } from 'node:crypto';
import type { Target } from './connection-policy.ts';

/** One draw uses this many hexadecimal digits: 48 bits. The sum of all weights has at most 23. */
const DRAW_DIGITS = 12;

/**
 * Shares calls among targets: docs/contract/voice.md, "Choice of a target". All calls go
 * to the enabled targets with the lowest priority number, in proportion to their weights. While one
 * of those targets answers, targets of other priorities get no call.
 * @param seed the same seed draws the same targets
 * @returns the number of calls for every target of the policy
 */
export function shareCalls(
  targets: readonly Target[],
  calls: number,
  seed: number,
): ReadonlyMap<string, number> {
  const shares = new Map(targets.map(({ sid }) => [sid, 0]));
  const enabled = targets.filter((target) => target.enabled === 1);
  const best = Math.min(...enabled.map(({ priority }) => priority));
  const drawn = enabled.filter(({ priority }) => priority === best);
  const weights = drawn.reduce((sum, { weight }) => sum + weight, 0);
  if (drawn.length === 0) return shares;
  for (let call = 0; call < calls; call += 1) {
    let left = drawOf(seed, call) % weights;
    const target = drawn.find(({ weight }) => {
      left -= weight;
      return left < 0;
    });
    if (target) shares.set(target.sid, (shares.get(target.sid) ?? 0) + 1);
  }
  return shares;
}

function drawOf(seed: number, call: number): number {
  return Number.parseInt(hash('sha256', `${seed}:${call}`).slice(0, DRAW_DIGITS), 16);
}
