import type { Account } from '../accounts/account.ts';
import type { Act } from '../audit/act.ts';
import { holdAccounts } from '../db/hold-accounts.ts';
import { demandRoom } from '../db/limit.ts';
import { FRIENDLY_NAME_LENGTH } from '../http/parameters/fields.ts';
import { badParameter } from '../kit/api-error.ts';
import { dayOf, startOf, startOfNext } from '../kit/day.ts';
import { TOTAL_PRICE } from './category.ts';
import { armTrigger } from './fire-triggers.ts';
import type { ArmedCounter } from './usage-event.ts';
import { addToCounters } from './usage-store.ts';
import {
  type GivenValue,
  MAX_TRIGGERS,
  NO_SUMS,
  periodOf,
  type Sums,
  settleValue,
  type UsageTrigger,
  watchedCounter,
} from './usage-trigger.ts';
import { countTriggers, fetchTrigger, insertTrigger } from './usage-trigger-store.ts';

/** A trigger as its caller wants it. */
export type NewUsageTrigger = Pick<
  UsageTrigger,
  'usage_category' | 'trigger_by' | 'recurring' | 'callback_url' | 'callback_method'
> & {
  /** Null: one that says what the trigger does. */
  readonly friendly_name: string | null;
  readonly trigger_value: GivenValue;
};

/**
 * Makes a trigger, which fires at once when its value is reached already.
 * @returns the trigger, and the sums that it watches.
 * @throws ApiError 400/20001 when the account has as many as it may, when an offset from a
 * negative sum does not come to more than zero, and for what could never fire.
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
  const counters = await openCounters(act, of);
  const value = settleValue(given, wanted, counters[0] ?? NO_SUMS);
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
  await armTrigger(act, made, counters);
  const trigger = (await fetchTrigger(tx, account.sid, made.sid)) ?? made;
  return { ...trigger, sums: counters[0] ?? NO_SUMS };
}

/**
 * The counters that a trigger may fire by from now on, held until the transaction ends: that of
 * the period which is now, and of the next one, which usage that is told a little ahead may have
 * reached. They are made where they are not there. Updating what is there would not do: a
 * counter that another process is just making would be overlooked, and the trigger would sleep
 * until the period after.
 * @returns the current one first.
 */
export async function openCounters(
  { app, tx, now }: Act,
  trigger: Parameters<typeof watchedCounter>[0],
): Promise<ArmedCounter[]> {
  // As usage does: whoever locked a counter first could wait for one that waits for it.
  await holdAccounts(tx, app.database.engine, new Set([trigger.root_sid]));
  const period = periodOf(trigger);
  const today = dayOf(now);
  const starts = [startOf(period, today)];
  if (period !== 'a') starts.push(startOfNext(period, today));
  const counters = starts.map((start) => ({ ...watchedCounter(trigger, start), ...NO_SUMS }));
  const opened = await addToCounters(tx, counters);
  return opened.toSorted((a, b) => a.start - b.start);
}
