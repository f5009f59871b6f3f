import type { Act } from '../audit/act.ts';
import { NotFound } from '../kit/api-error.ts';
import { openCounters } from './create-usage-trigger.ts';
import { armTrigger } from './fire-triggers.ts';
import type { UsageTrigger } from './usage-trigger.ts';
import { fetchTrigger, type TriggerChanges, updateTrigger } from './usage-trigger-store.ts';

/**
 * Changes the name of a trigger, or what it calls. A trigger that was stopped when a grant ended
 * works again from when it is given a URL, and fires at once when its value is reached.
 * @throws ApiError 404/20404
 */
export async function changeUsageTrigger(
  act: Act,
  account_sid: string,
  sid: string,
  given: Pick<TriggerChanges, 'friendly_name' | 'callback_url' | 'callback_method'>,
): Promise<UsageTrigger> {
  const { tx, now, actor } = act;
  const before = await fetchTrigger(tx, account_sid, sid);
  if (!before) throw new NotFound();
  if (Object.keys(given).length === 0) return before;
  const isCalled = given.callback_url !== undefined;
  // Usage locks the counters before it locks triggers, and so must this.
  const counters = isCalled ? await openCounters(act, before) : [];
  const changed = await updateTrigger(tx, account_sid, sid, {
    ...given,
    ...(isCalled && { callback_by_grant: actor.grant_sid }),
    date_updated: now,
  });
  if (!changed) throw new NotFound();
  const detail = { ...given };
  act.record({ action: 'usage_trigger.updated', account_sid, target_sid: sid, detail });
  if (!isCalled) return changed;
  await armTrigger(act, changed, counters);
  return (await fetchTrigger(tx, account_sid, sid)) ?? changed;
}
