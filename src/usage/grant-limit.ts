import { demandWithinLimit } from '../access/spending.ts';
import type { Act } from '../audit/act.ts';
import { TOTAL_PRICE } from './category.ts';
import type { UsageCounter } from './usage-event.ts';

/**
 * Refuses what a Connect app uses when its grant's spending of this month would be past its
 * limit. It reads the counter that this transaction has just added to, and which nobody else
 * can add to before it ends: so apps themselves never get past a limit, however many processes
 * they write through. What the operator's outside meters tell is never refused here,
 * nor what the carrier reports of a call that is over.
 *
 * @param counters as they stand with the usage in them
 * @throws ApiError 403/20403
 */
export async function demandGrantLimit(act: Act, counters: readonly UsageCounter[]): Promise<void> {
  if (act.actor.kind !== 'connect_app') return;
  if (counters.some(({ category }) => category === TOTAL_PRICE)) await demandWithinLimit(act);
}
