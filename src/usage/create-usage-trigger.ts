import type { Account } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { holdAccounts } from '../db/hold-accounts.ts';
import { demandRoom } from '../db/limit.ts';
import { FRIENDLY_NAME_LENGTH } from '../http/parameters/fields.ts';
import { badParameter } from '../kit/api-error.ts';
import { dayOf, startOf, startOfNext } from '../kit/day.ts';
import { TOTAL_PRICE } from './category.ts';
import { armTrigger } from './fire-triggers.ts';
import { NO_SUMS, type Sums, type WholeUsage } from './usage-event.ts';
import { addToCounters, fetchWholeUsage } from './usage-store.ts';
import {
  type GivenValue,
  MAX_TRIGGERS,
  periodOf,
  settleValue,
  type UsageTrigger,
  watchedUsage,
} from './usage-trigger.ts';
import { countTriggers, fetchTrigger, insertTrigger } from './usage-trigger-store.ts';

/** The caller's parameters of a new trigger. */
export type NewUsageTrigger = Pick<
  UsageTrigger,
  'usage_category' | 'trigger_by' | 'recurring' | 'callback_url' | 'callback_method'
> & {
  /** The name; null for a generated name that describes the trigger. */
  readonly friendly_name: string | null;
  readonly trigger_value: GivenValue;
};

/**
 * Makes a trigger. It fires at once if its value is reached already.
 * @returns the trigger, and the sums that it watches
 * @throws ApiError 400/20001 when the account has the most triggers it may have, when an offset
 *   from a negative sum gives no positive value, and for a trigger that could never fire
 */
export async function createUsageTrigger(
  act: Act,
  account: Account,
  wanted: NewUsageTrigger,
): Promise<UsageTrigger & { readonly sums: Sums }> {
  const { app, tx, now, actor } = act;
  const { friendly_name, trigger_value: given, ...watching } = wanted;
  if (wanted.usage_category === TOTAL_PRICE && wanted.trigger_by === 'count') {
    throw badParameter('TriggerBy', 'must not be count for totalprice, which counts nothing');
  }
  const of = { ...watching, root_sid: account.owner_account_sid, account_sid: account.sid };
  const usage = await openCounters(act, of);
  const value = settleValue(given, wanted, usage[0] ?? NO_SUMS);
  if (!value) {
    throw badParameter('TriggerValue', 'must come to more than 0 together with the current value');
  }
  await demandRoom(tx, app.database.engine, {
    account_sid: account.sid,
    max: MAX_TRIGGERS,
    rule: `An account may have ${MAX_TRIGGERS} usage triggers; delete one first.`,
    count: () => countTriggers(tx, account.sid),
  });
  const { usage_category, trigger_by, recurring, callback_url } = wanted;
  const says = `Trigger for ${usage_category} at ${trigger_by} of ${value.trigger_value}`;
  const made: UsageTrigger = {
    ...of,
    ...value,
    sid: app.newSid('UT'),
    friendly_name: friendly_name ?? says.slice(0, FRIENDLY_NAME_LENGTH),
    callback_by_grant: actor.grant_sid,
    created_by_grant: actor.grant_sid,
    date_fired: null,
    date_created: now,
    date_updated: now,
  };
  await insertTrigger(tx, made);
  const { trigger_value } = value;
  act.record({
    action: 'usage_trigger.created',
    account_sid: account.sid,
    target_sid: made.sid,
    detail: { usage_category, trigger_by, recurring, trigger_value, callback_url },
  });
  await armTrigger(act, made, usage);
  const trigger = (await fetchTrigger(tx, account.sid, made.sid)) ?? made;
  return { ...trigger, sums: usage[0] ?? NO_SUMS };
}

/**
 * Locks the counters by which a trigger may fire until the transaction ends: the one of the present
 * period, and the one of the next period, which early usage may have reached. Missing counters are
 * made. Updating existing counters only would not be enough: it would miss a counter that another
 * process is making, and the trigger would not fire in that period.
 * @returns the usage of both periods, the present one first
 */
export async function openCounters(
  { app, tx, now }: Act,
  trigger: Parameters<typeof watchedUsage>[0],
): Promise<WholeUsage[]> {
  // Metering locks accounts before counters. Another order could make two transactions wait for
  // each other.
  await holdAccounts(tx, app.database.engine, new Set([trigger.root_sid]));
  const period = periodOf(trigger);
  const today = dayOf(now);
  const starts = [startOf(period, today)];
  if (period !== 'a') starts.push(startOfNext(period, today));
  const keys = starts.map((start) => watchedUsage(trigger, start));
  await addToCounters(
    tx,
    keys.map((key) => ({ ...key, scope: 'own' as const, ...NO_SUMS })),
  );
  return (await fetchWholeUsage(tx, keys)).toSorted((a, b) => a.start - b.start);
}
