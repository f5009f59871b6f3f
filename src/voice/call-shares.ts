import { hash } from 'node:crypto';
import { orderTargets } from '../carriers/order-targets.ts';
import type { Target } from './connection-policy.ts';

/** One draw uses this many hexadecimal digits: 48 bits. The sum of all weights has at most 23. */
const DRAW_DIGITS = 12;

/**
 * Shares calls among targets, as a carrier does when every target answers:
 * docs/contract/voice.md, "Choice of a target".
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
  for (let call = 0; call < calls; call += 1) {
    const draw = (limit: number) => drawOf(seed, call) % limit;
    const [first] = orderTargets(enabled, { draw, isDown: () => false });
    if (first) shares.set(first.sid, (shares.get(first.sid) ?? 0) + 1);
  }
  return shares;
}

function drawOf(seed: number, call: number): number {
  return Number.parseInt(hash('sha256', `${seed}:${call}`).slice(0, DRAW_DIGITS), 16);
}
