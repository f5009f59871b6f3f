import type { Tx } from '../db/database.ts';
import {
  type ArmedCounter,
  type CounterKey,
  MAX_SUM,
  NO_SUMS,
  type WholeUsage,
  wholeUsage,
} from './usage-event.ts';
import { armCounters, fetchWholeUsage } from './usage-store.ts';
import { type UsageTrigger, watchedSum, watchedUsage } from './usage-trigger.ts';
import { fetchArmedTriggers, type Watch } from './usage-trigger-store.ts';

/** A value above every sum. A counter that has it never looks for triggers. */
const NEVER = Number.MAX_SAFE_INTEGER;

const NEXT = { count: 'next_count', usage_micro: 'next_usage', price_micro: 'next_price' } as const;

/** Finds the triggers that watch some usage. */
export type Watchers = (
  of: Pick<CounterKey, 'account_sid' | 'period' | 'category'>,
) => UsageTrigger[];

export function watchersAmong(triggers: readonly UsageTrigger[]): Watchers {
  const watching = Map.groupBy(triggers, (trigger) => watchedName(watchedUsage(trigger, 0)));
  return (of) => watching.get(watchedName(of)) ?? [];
}

function watchedName(of: Pick<CounterKey, 'account_sid' | 'period' | 'category'>): string {
  return `${of.account_sid} ${of.period} ${of.category}`;
}

export function watchOf(keys: readonly CounterKey[]): Watch {
  return {
    accounts: distinct(keys.map(({ account_sid }) => account_sid)),
    categories: distinct(keys.map(({ category }) => category)),
  };
}

export function distinct<T>(values: readonly T[]): T[] {
  return [...new Set(values)];
}

/**
 * The usage of which these counters are a part. The other counters of main accounts are read. The
 * main accounts must be held.
 */
export async function wholeOf(tx: Tx, counters: readonly ArmedCounter[]): Promise<WholeUsage[]> {
  const isMain = ({ root_sid, account_sid }: ArmedCounter) => root_sid === account_sid;
  const ofMain = wholeUsage(counters.filter(isMain));
  const keys = ofMain.map(({ root_sid, account_sid, period, start, category }) => {
    return { root_sid, account_sid, period, start, category };
  });
  return [
    ...wholeUsage(counters.filter((counter) => !isMain(counter))),
    ...(await fetchWholeUsage(tx, keys)),
  ];
}

/** Gives the counters of some usage the thresholds of the triggers that it has not reached. */
export function armed(whole: WholeUsage, triggers: readonly UsageTrigger[]): ArmedCounter[] {
  const never = { next_count: NEVER, next_usage: NEVER, next_price: NEVER };
  const counters = whole.counters.map((counter) => ({ ...counter, ...never }));
  for (const trigger of triggers) lower(counters, whole, trigger);
  return counters;
}

/**
 * Writes the threshold of a trigger into the counters of usage that has not reached it. Lower
 * thresholds stay.
 */
export async function armFor(
  tx: Tx,
  trigger: UsageTrigger,
  wholes: readonly WholeUsage[],
): Promise<void> {
  const lowered = wholes.flatMap((whole) => {
    const counters = whole.counters.map((counter) => ({ ...counter }));
    return lower(counters, whole, trigger) ? counters : [];
  });
  await armCounters(tx, lowered);
}

/**
 * Lowers thresholds to the one of a trigger. Two counters share the room that is left: while
 * neither has reached its part, their sum has not reached the threshold. A counter that has reached
 * its part looks again, and what is left is shared anew.
 * @returns whether any was lowered
 */
function lower(counters: ArmedCounter[], whole: WholeUsage, trigger: UsageTrigger): boolean {
  const sum = watchedSum(trigger);
  const room = Math.min(trigger.threshold - whole[sum], MAX_SUM);
  const first = counters.length === 1 ? room : Math.ceil(room / 2);
  let isLowered = false;
  for (const [at, counter] of counters.entries()) {
    const next = counter[sum] + (at === 0 ? first : room + 1 - first);
    if (counter[NEXT[sum]] <= next) continue;
    counter[NEXT[sum]] = next;
    isLowered = true;
  }
  return isLowered;
}

/**
 * Makes counters that have no row yet, with their thresholds. Their main accounts must be held.
 * Nothing is counted, so no trigger fires.
 * @returns the new counters, and others whose thresholds have changed
 */
export async function openArmedCounters(
  tx: Tx,
  keys: readonly CounterKey[],
): Promise<ArmedCounter[]> {
  if (keys.length === 0) return [];
  const triggers = await fetchArmedTriggers(tx, watchOf(keys));
  const watchers = watchersAmong(triggers);
  const unknown = { next_count: NEVER, next_usage: NEVER, next_price: NEVER };
  const opened = keys.map((key): ArmedCounter => ({ ...key, ...NO_SUMS, ...unknown }));
  await armCounters(tx, opened);
  const watched = opened.filter((counter) => watchers(counter).length > 0);
  if (watched.length === 0) return opened;
  const rearmed = (await wholeOf(tx, watched)).flatMap((whole) => armed(whole, watchers(whole)));
  await armCounters(tx, rearmed);
  return [...opened, ...rearmed];
}
