import { hash } from 'node:crypto';
import type { Target } from './connection-policy.ts';

/** How much of the digest is one draw: 48 bits, against weights whose sum has at most 23. */
const DRAW_DIGITS = 12;

/**
 * Shares calls among targets: docs/contract/voice.md, "Which target a call goes to".
 * The enabled targets with the lowest priority get them, each in the share of its weight. While one
 * of those answers, no other priority gets any.
 * @param seed draws the same targets again
 * @returns for every target of the policy how many of `calls` it gets
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
