import type { Act } from '../audit/act.ts';
import { dayOf, PERIODS, startOf } from '../kit/day.ts';
import { enqueueWebhook } from '../webhooks/enqueue-webhook.ts';
import { armed, armFor, distinct, watchersAmong, watchOf, wholeOf } from './arm-triggers.ts';
import { type ArmedCounter, type WholeUsage, wholeUsage } from './usage-event.ts';
import { countFired } from './usage-metrics.ts';
import { armCounters } from './usage-store.ts';
import {
  callbackParameters,
  currentValueOf,
  type UsageTrigger,
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

/** The number of triggers that one statement fires. A batch of usage may reach any number. */
const FIRES_AT_ONCE = 500;

/**
 * Fires the triggers that these counters have reached, in the transaction that changed the
 * counters: docs/contract/usage.md, "When a trigger fires".
 *
 * The row of a counter holds the value at which it looks for triggers. Usage that does not reach
 * this value costs no query. In the row of a new period these values are 0, and this function works
 * them out the first time. A past period fires nothing: late usage only counts in its own day.
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
  readonly whole: WholeUsage;
}

/**
 * Arms one trigger. It fires for usage that has reached it; the counters of other usage get its
 * threshold. Thresholds of other triggers stay in the counters.
 * @param wholes the usage by which it may fire (`create-usage-trigger.ts`)
 */
export async function armTrigger(
  act: Act,
  trigger: UsageTrigger,
  wholes: readonly WholeUsage[],
): Promise<void> {
  const { sid: trigger_sid, threshold, recurring, date_fired } = trigger;
  if (recurring === null && date_fired !== null) return;
  const sum = watchedSum(trigger);
  const isReached = (whole: WholeUsage) => whole[sum] >= threshold;
  const reached = wholes
    .filter(isReached)
    .map((whole) => ({ trigger_sid, window: windowOf(whole), trigger, whole }));
  if (reached.length > 0) await fire(act, reached);
  const others = wholes.filter((whole) => !isReached(whole));
  await armFor(act.tx, trigger, others);
}

/**
 * Fires the triggers that these counters have reached, and writes the next thresholds into the
 * counters. The caller's upsert has locked their rows, so processes take turns.
 */
async function fireAndArm(act: Act, counters: readonly ArmedCounter[]): Promise<void> {
  const { tx } = act;
  const watch = watchOf(counters);
  const triggers = await fetchArmedTriggers(tx, watch);
  const windows = distinct(counters.map(windowOf));
  const fires = triggers.some(({ recurring }) => recurring !== null)
    ? await fetchFires(tx, watch, windows)
    : [];
  const fired = new Set(fires.map(nameOfFire));
  const watchers = watchersAmong(triggers);
  const [watched, others] = partition(counters, (counter) => watchers(counter).length > 0);
  const reached: Reached[] = [];
  const rows = wholeUsage(others).flatMap((whole) => armed(whole, []));
  for (const whole of await wholeOf(tx, watched)) {
    const waiting: UsageTrigger[] = [];
    for (const trigger of watchers(whole)) {
      const fire = { trigger_sid: trigger.sid, window: windowOf(whole) };
      if (fired.has(nameOfFire(fire))) continue;
      if (whole[watchedSum(trigger)] < trigger.threshold) waiting.push(trigger);
      else reached.push({ ...fire, trigger, whole });
    }
    rows.push(...armed(whole, waiting));
  }
  for (let first = 0; first < reached.length; first += FIRES_AT_ONCE) {
    await fire(act, reached.slice(first, first + FIRES_AT_ONCE));
  }
  await armCounters(tx, rows);
}

function partition<T>(all: readonly T[], isFirst: (one: T) => boolean): [T[], T[]] {
  const groups = Map.groupBy(all, isFirst);
  return [groups.get(true) ?? [], groups.get(false) ?? []];
}

function nameOfFire({ trigger_sid, window }: Fire): string {
  return `${trigger_sid} ${window}`;
}

/** Fires each window once, in the given order: the row, the webhook and the audit event. */
async function fire(act: Act, reached: readonly Reached[]): Promise<void> {
  const { app, tx, now } = act;
  const { engine } = app.database;
  const sids = distinct(reached.map(({ trigger_sid }) => trigger_sid));
  const locked = await lockArmedTriggers(tx, engine, sids);
  const present = new Map(locked.map((trigger) => [trigger.sid, trigger]));
  const claims = reached.flatMap(({ trigger_sid, window, whole }) => {
    const trigger = present.get(trigger_sid);
    if (!trigger) return [];
    const value = whole[watchedSum(trigger)];
    const { account_sid, root_sid } = trigger;
    const of = { trigger_sid, window, account_sid, root_sid };
    const row = { ...of, value, delivery_sid: null, date_created: now };
    return [{ row, trigger, whole }];
  });
  const rows = claims.map(({ row }): UsageTriggerFire => row);
  const isNew = new Set((await insertFires(tx, rows)).map((one) => nameOfFire(one)));
  const fires: UsageTriggerFire[] = [];
  for (const { row, trigger, whole } of claims) {
    if (!isNew.has(nameOfFire(row))) continue;
    fires.push({ ...row, delivery_sid: await tell(act, trigger, whole, row.window) });
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
  whole: WholeUsage,
  window: number,
): Promise<string> {
  const { account_sid, root_sid, sid } = trigger;
  const delivery_sid = await enqueueWebhook(act, {
    account_sid,
    root_sid,
    signing_account_sid: trigger.app_owner_sid ?? account_sid,
    connect_app_sid: trigger.connect_app_sid,
    kind: 'usage-trigger',
    url: trigger.callback_url ?? '',
    method: trigger.callback_method,
    body_kind: 'form',
    payload: callbackParameters(trigger, { sums: whole, start: whole.start, now: act.now }),
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
      current_value: currentValueOf(trigger, whole),
      delivery_sid,
    },
  });
  return delivery_sid;
}
