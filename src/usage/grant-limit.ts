import { demandWithinLimit } from '../access/spending.ts';
import type { Act } from '../audit/act.ts';
import { TOTAL_PRICE } from './category.ts';
import type { UsageCounter } from './usage-event.ts';

/**
 * Refuses usage of a Connect app that would take its grant past the limit of this month. It reads
 * the counter that this transaction has just changed and holds locked. An app can therefore never
 * pass its limit, through any number of processes. Usage from the operator's outside meters is
 * never refused here, and neither is the usage of a call that has ended.
 *
 * @param counters the counters with the usage included
 * @throws ApiError 403/20403
 */
export async function demandGrantLimit(act: Act, counters: readonly UsageCounter[]): Promise<void> {
  if (act.actor.kind !== 'connect_app') return;
  if (counters.some(({ category }) => category === TOTAL_PRICE)) await demandWithinLimit(act);
}
