import type { Act } from '../audit/act.ts';
import type { Tx } from '../db/database.ts';
import { dayOf, PERIODS, type Period, startOf } from '../kit/day.ts';
import { enqueueWebhook } from '../webhooks/enqueue-webhook.ts';
import type { ArmedCounter, CounterKey } from './usage-event.ts';
import { countFired } from './usage-metrics.ts';
import { armCounters } from './usage-store.ts';
import {
  callbackParameters,
  currentValueOf,
  type UsageTrigger,
  watchedCounter,
  watchedSum,
  windowOf,
} from './usage-trigger.ts';
import {
  type Fire,
  type FiringTrigger,
  fetchArmedTriggers,
  fetchFires,
  insertFires,
  linkFires,
  lockArmedTriggers,
  markFired,
  type UsageTriggerFire,
} from './usage-trigger-store.ts';

/** A value above every sum. It is the next threshold when there is none. */
const NEVER = Number.MAX_SAFE_INTEGER;
/** The number of triggers that one statement fires. A batch of usage may reach any number. */
const FIRES_AT_ONCE = 500;

const NEXT = { count: 'next_count', usage_micro: 'next_usage', price_micro: 'next_price' } as const;

/**
 * Fires the triggers that these counters have reached, in the transaction that changed the
 * counters: docs/contract/usage.md, "When a trigger fires".
 *
 * The row of a counter holds the lowest threshold that it has not reached. Usage that reaches none
 * therefore costs no query. In the row of a new period these thresholds are 0, and this function
 * works them out the first time. A past period fires nothing: late usage only counts in its own
 * day.
 *
 * @param reached the counters that have reached a threshold in their row
 */
export async function fireTriggers(act: Act, reached: readonly ArmedCounter[]): Promise<void> {
  if (reached.length === 0) return;
  const today = dayOf(act.now);
  const current = new Map(PERIODS.map((period) => [period, startOf(period, today)]));
  const due = reached.filter(({ period, start }) => start >= (current.get(period) as number));
  if (due.length > 0) await fireAndArm(act, due);
}

interface Reached extends Fire {
  readonly trigger: UsageTrigger;
  readonly counter: ArmedCounter;
}

/**
 * Arms one trigger. It fires for a counter that has reached it; the other counters get its
 * threshold. Thresholds of other triggers stay in the counters.
 * @param counters the counters by which it may fire (`create-usage-trigger.ts`)
 */
export async function armTrigger(
  act: Act,
  trigger: UsageTrigger,
  counters: readonly ArmedCounter[],
): Promise<void> {
  const { sid: trigger_sid, threshold, recurring, date_fired } = trigger;
  if (recurring === null && date_fired !== null) return;
  const sum = watchedSum(trigger);
  const isReached = (counter: ArmedCounter) => counter[sum] >= threshold;
  const reached = counters
    .filter(isReached)
    .map((counter) => ({ trigger_sid, window: windowOf(counter), trigger, counter }));
  if (reached.length > 0) await fire(act, reached);
  const lowered = counters
    .filter((counter) => !isReached(counter) && counter[NEXT[sum]] > threshold)
    .map((counter) => ({ ...counter, [NEXT[sum]]: threshold }));
  await armCounters(act.tx, lowered);
}

/**
 * Fires the triggers that these counters have reached, and writes the next thresholds into the
 * counters. The caller's upsert has locked their rows, so processes take turns.
 */
async function fireAndArm(act: Act, counters: readonly ArmedCounter[]): Promise<void> {
  const { tx } = act;
  const watch = {
    accounts: distinct(counters.map(({ account_sid }) => account_sid)),
    categories: distinct(counters.map(({ category }) => category)),
  };
  const triggers = await fetchArmedTriggers(tx, watch);
  const windows = distinct(counters.map(windowOf));
  const fires = triggers.some(({ recurring }) => recurring !== null)
    ? await fetchFires(tx, watch, windows)
    : [];
  const fired = new Set(fires.map(nameOfFire));
  const watching = Map.groupBy(triggers, (trigger) => nameOfCounter(watchedCounter(trigger, 0)));
  const reached: Reached[] = [];
  const armed: ArmedCounter[] = [];
  for (const counter of counters) {
    const next = { next_count: NEVER, next_usage: NEVER, next_price: NEVER };
    for (const trigger of watching.get(nameOfCounter(counter)) ?? []) {
      const fire = { trigger_sid: trigger.sid, window: windowOf(counter) };
      if (fired.has(nameOfFire(fire))) continue;
      const sum = watchedSum(trigger);
      if (counter[sum] >= trigger.threshold) reached.push({ ...fire, trigger, counter });
      else next[NEXT[sum]] = Math.min(next[NEXT[sum]], trigger.threshold);
    }
    armed.push({ ...counter, ...next });
  }
  for (let first = 0; first < reached.length; first += FIRES_AT_ONCE) {
    await fire(act, reached.slice(first, first + FIRES_AT_ONCE));
  }
  await armCounters(tx, armed);
}

/**
 * Makes counters that have no row yet, with the thresholds of their triggers. Their main accounts
 * must be held. Nothing is counted, so no trigger fires.
 */
export async function openArmedCounters(
  tx: Tx,
  keys: readonly CounterKey[],
): Promise<ArmedCounter[]> {
  if (keys.length === 0) return [];
  const triggers = await fetchArmedTriggers(tx, {
    accounts: distinct(keys.map(({ account_sid }) => account_sid)),
    categories: distinct(keys.map(({ category }) => category)),
  });
  const watching = Map.groupBy(triggers, (trigger) => nameOfCounter(watchedCounter(trigger, 0)));
  const opened = keys.map((key): ArmedCounter => {
    const next = { next_count: NEVER, next_usage: NEVER, next_price: NEVER };
    for (const trigger of watching.get(nameOfCounter(key)) ?? []) {
      const name = NEXT[watchedSum(trigger)];
      next[name] = Math.min(next[name], trigger.threshold);
    }
    return { ...key, count: 0, usage_micro: 0, price_micro: 0, ...next };
  });
  await armCounters(tx, opened);
  return opened;
}

function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

function nameOfFire({ trigger_sid, window }: Fire): string {
  return `${trigger_sid} ${window}`;
}

function nameOfCounter(counter: { account_sid: string; period: Period; category: string }): string {
  return `${counter.account_sid} ${counter.period} ${counter.category}`;
}

/** Fires each window once, in the given order: the row, the webhook and the audit event. */
async function fire(act: Act, reached: readonly Reached[]): Promise<void> {
  const { app, tx, now } = act;
  const { engine } = app.database;
  const sids = distinct(reached.map(({ trigger_sid }) => trigger_sid));
  const locked = await lockArmedTriggers(tx, engine, sids);
  const present = new Map(locked.map((trigger) => [trigger.sid, trigger]));
  const claims = reached.flatMap(({ trigger_sid, window, counter }) => {
    const trigger = present.get(trigger_sid);
    if (!trigger) return [];
    const value = counter[watchedSum(trigger)];
    const { account_sid } = trigger;
    const row = { trigger_sid, window, account_sid, value, delivery_sid: null, date_created: now };
    return [{ row, trigger, counter }];
  });
  const rows = claims.map(({ row }): UsageTriggerFire => row);
  const isNew = new Set((await insertFires(tx, rows)).map((one) => nameOfFire(one)));
  const fires: UsageTriggerFire[] = [];
  for (const { row, trigger, counter } of claims) {
    if (!isNew.has(nameOfFire(row))) continue;
    fires.push({ ...row, delivery_sid: await tell(act, trigger, counter, row.window) });
  }
  if (fires.length === 0) return;
  countFired(act, fires.length);
  await linkFires(tx, fires);
  await markFired(tx, distinct(fires.map(({ trigger_sid }) => trigger_sid)), now);
}

/**
 * Puts the callback into the outbox. If an app gave the URL, the token of the app's owner signs it,
 * because the owner can verify no other signature. Such a callback is cancelled when the grant
 * ends.
 */
async function tell(
  act: Act,
  trigger: FiringTrigger,
  counter: ArmedCounter,
  window: number,
): Promise<string> {
  const { account_sid, sid } = trigger;
  const delivery_sid = await enqueueWebhook(act, {
    account_sid,
    signing_account_sid: trigger.app_owner_sid ?? account_sid,
    connect_app_sid: trigger.connect_app_sid,
    kind: 'usage-trigger',
    url: trigger.callback_url ?? '',
    method: trigger.callback_method,
    body_kind: 'form',
    payload: callbackParameters(trigger, { sums: counter, start: counter.start, now: act.now }),
    retry: 'long',
    created_by_grant: trigger.callback_by_grant,
  });
  act.record({
    action: 'usage_trigger.fired',
    account_sid,
    target_sid: sid,
    detail: {
      window,
      trigger_value: trigger.trigger_value,
      current_value: currentValueOf(trigger, counter),
      delivery_sid,
    },
  });
  return delivery_sid;
}
