import type { Act } from '../audit/act.ts';
import type { UsageCounter } from './usage-event.ts';

/** Fires the triggers that are due now that these counters stand as they do. */
export async function fireTriggers(_act: Act, _counters: readonly UsageCounter[]): Promise<void> {}
