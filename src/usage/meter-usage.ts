import { demandWithinLimit } from '../access/spending.ts';
import type { Act } from '../audit/act.ts';
import { holdAccounts } from '../db/hold-accounts.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { wholeOf } from './arm-triggers.ts';
import { TOTAL_PRICE } from './category.ts';
import { fireTriggers } from './fire-triggers.ts';
import { countedUnwatched, insertUnknown, knownDigests, nameOf } from './meter-ahead.ts';
import {
  foldEvents,
  MAX_SUM,
  type Sums,
  type UsageCounter,
  type UsageEvent,
} from './usage-event.ts';
import { fetchDigests, insertNewEvents, insertUsageEvents } from './usage-ledger-store.ts';
import { countMetered } from './usage-metrics.ts';
import { countUsage, isLarge, spendBalances } from './usage-store.ts';

/** The outcome of metering. */
export interface Metered {
  readonly accepted: number;
  /** The events that the ledger already had. They were not counted again. */
  readonly repeated: number;
}

/**
 * Counts usage, in the transaction of its cause. The events go into the ledger. New events add to
 * the counters of their account and its main account, and reduce the balance. An event with a
 * known key does not count again.
 *
 * @param events checked events; `root_sid` is the main account of their account
 * @param areNew whether their keys are new for certain, such as the SID of a resource that this
 *   deed makes
 * @throws ApiError 409/20409 for a known key with another event, 400 when a sum would become too
 *   large, 403/20403 when a Connect app would spend more than its grant's limit. Nothing is counted
 *   then.
 */
export async function meterUsage(
  act: Act,
  events: readonly UsageEvent[],
  { areNew = false }: { readonly areNew?: boolean } = {},
): Promise<Metered> {
  const { app, tx } = act;
  const distinct = new Map<string, UsageEvent>();
  for (const event of events) {
    const name = nameOf(event);
    const before = distinct.get(name);
    if (before && before.digest !== event.digest) throw sameKey(event);
    if (!before) distinct.set(name, event);
  }
  const wanted = [...distinct.values()];
  // The main account is locked before the counters of its tree, so that transactions take turns.
  await holdAccounts(tx, app.database.engine, new Set(wanted.map(({ root_sid }) => root_sid)));
  const counted = areNew ? wanted : await insertOnce(tx, wanted);
  if (areNew) await insertNewEvents(tx, wanted);
  if (!countedUnwatched(act, counted)) await countAndFire(act, counted);
  await spendBalances(tx, pricesOf(counted));
  const repeated = events.length - counted.length;
  countMetered(
    act,
    counted.map(({ at }) => at),
    repeated,
  );
  return { accepted: counted.length, repeated };
}

/** Counts new events, and fires the triggers that they reach. @throws ApiError 400, 403 */
async function countAndFire(act: Act, counted: readonly UsageEvent[]): Promise<void> {
  const { tx } = act;
  const added = foldEvents(counted);
  demandExact(added);
  const noticed = await countUsage(tx, added);
  demandExact(await wholeOf(tx, noticed.filter(isLarge)));
  await demandGrantLimit(act, added);
  await fireTriggers(act, noticed);
}

/**
 * Writes the events that are new to the ledger.
 * @returns these events
 * @throws ApiError 409 for a known key with another event
 */
async function insertOnce(tx: Act['tx'], wanted: UsageEvent[]): Promise<UsageEvent[]> {
  const known = knownDigests(tx, wanted);
  if (known) {
    const fresh = wanted.filter((event) => !known.has(nameOf(event)));
    for (const event of wanted) {
      const digest = known.get(nameOf(event));
      if (digest !== undefined && digest !== event.digest) throw sameKey(event);
    }
    await insertUnknown(tx, fresh);
    return fresh;
  }
  const inserted = await insertUsageEvents(tx, wanted);
  return inserted.length < wanted.length ? newOnes(tx, wanted, inserted) : wanted;
}

/**
 * The events that are new to the ledger.
 * @throws ApiError 409 for a known key with another event
 */
async function newOnes(
  tx: Act['tx'],
  wanted: readonly UsageEvent[],
  inserted: readonly Pick<UsageEvent, 'account_sid' | 'key'>[],
): Promise<UsageEvent[]> {
  const isNew = new Set(inserted.map(nameOf));
  await demandSame(
    tx,
    wanted.filter((event) => !isNew.has(nameOf(event))),
  );
  return wanted.filter((event) => isNew.has(nameOf(event)));
}

/** The prices of events, summed by main account. */
function pricesOf(events: readonly UsageEvent[]): Map<string, number> {
  const prices = new Map<string, number>();
  for (const { root_sid, price_micro } of events) {
    prices.set(root_sid, (prices.get(root_sid) ?? 0) + price_micro);
  }
  return prices;
}

/** @throws ApiError 400 for a sum that has become too large */
function demandExact(usage: readonly Sums[]): void {
  for (const { count, usage_micro, price_micro } of usage) {
    if (Math.max(count, usage_micro, Math.abs(price_micro)) > MAX_SUM) {
      throw badRequest('The sum of the usage would become too large to be exact.');
    }
  }
}

/** @throws ApiError 409 for a known key with another event */
async function demandSame(tx: Act['tx'], repeated: readonly UsageEvent[]): Promise<void> {
  const byAccount = Map.groupBy(repeated, ({ account_sid }) => account_sid);
  for (const [, ofAccount] of byAccount) {
    const [first] = ofAccount;
    if (!first) continue;
    const keys = ofAccount.map(({ key }) => key);
    const known = new Map(
      (await fetchDigests(tx, first, keys)).map(({ key, digest }) => [key, digest]),
    );
    for (const event of ofAccount) {
      if (known.get(event.key) !== event.digest) throw sameKey(event);
    }
  }
}

function sameKey({ key }: UsageEvent) {
  return conflict(
    `The key "${key}" was used for something else; give each event a key of its own.`,
  );
}

/**
 * Refuses usage of a Connect app that would take its grant past the limit of this month. It reads
 * the counter that this transaction has just changed and holds locked. An app can therefore never
 * pass its limit, through any number of processes. Usage from the operator's outside meters is
 * never refused here, and neither is the usage of a call that has ended.
 *
 * @param counters the counters with the usage included
 * @throws ApiError 403/20403
 */
async function demandGrantLimit(act: Act, counters: readonly UsageCounter[]): Promise<void> {
  if (act.actor.kind !== 'connect_app') return;
  if (counters.some(({ category }) => category === TOTAL_PRICE)) await demandWithinLimit(act);
}
