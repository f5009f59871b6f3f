import type { Act } from '../audit/act.ts';
import { orNotFound } from '../kit/api-error.ts';
import { openCounters } from './create-usage-trigger.ts';
import { armTrigger } from './fire-triggers.ts';
import type { UsageTrigger } from './usage-trigger.ts';
import { fetchTrigger, type TriggerChanges, updateTrigger } from './usage-trigger-store.ts';

/**
 * Changes the name of a trigger, or its callback. A trigger that was stopped when a grant ended
 * works again when it gets a URL. It fires at once if its value is reached.
 * @throws ApiError 404/20404
 */
export async function changeUsageTrigger(
  act: Act,
  account_sid: string,
  sid: string,
  given: Pick<TriggerChanges, 'friendly_name' | 'callback_url' | 'callback_method'>,
): Promise<UsageTrigger> {
  const { tx, now, actor } = act;
  const before = orNotFound(await fetchTrigger(tx, account_sid, sid));
  if (Object.keys(given).length === 0) return before;
  const isCalled = given.callback_url !== undefined;
  // Metering locks counters before triggers, so this deed must lock in the same order.
  const usage = isCalled ? await openCounters(act, before) : [];
  const changed = orNotFound(
    await updateTrigger(tx, account_sid, sid, {
      ...given,
      ...(isCalled && { callback_by_grant: actor.grant_sid }),
      date_updated: now,
    }),
  );
  const detail = { ...given };
  act.record({ action: 'usage_trigger.updated', account_sid, target_sid: sid, detail });
  if (!isCalled) return changed;
  await armTrigger(act, changed, usage);
  return (await fetchTrigger(tx, account_sid, sid)) ?? changed;
}
