import type { Act } from '../audit/act.ts';
import { holdAccounts } from '../db/hold-accounts.ts';
import { badRequest, conflict } from '../kit/api-error.ts';
import { fireTriggers } from './fire-triggers.ts';
import { demandGrantLimit } from './grant-limit.ts';
import { foldEvents, MAX_SUM, type UsageCounter, type UsageEvent } from './usage-event.ts';
import { countMetered } from './usage-metrics.ts';
import { countUsage, fetchDigests, insertUsageEvents, spendBalances } from './usage-store.ts';

/** What became of some events. */
export interface Metered {
  readonly accepted: number;
  /** Those that were in the ledger before, and were not counted again. */
  readonly repeated: number;
}

/**
 * Counts usage, in the transaction of whatever used it: the events go into the ledger, and for
 * those that were not there yet the counters of their account and of the tree above it move,
 * and the balance. An event whose key is there counts no second time.
 *
 * @param events checked before; their `root_sid` is their account's main account
 * @throws ApiError 409/20409 for a key that is there with something else under it, 400 when a
 * sum would become too large, 403/20403 when a Connect app would spend more than its grant's
 * limit; nothing is counted then.
 */
export async function meterUsage(act: Act, events: readonly UsageEvent[]): Promise<Metered> {
  const { app, tx } = act;
  const distinct = new Map<string, UsageEvent>();
  for (const event of events) {
    const name = nameOf(event);
    const before = distinct.get(name);
    if (before && before.digest !== event.digest) throw sameKey(event);
    if (!before) distinct.set(name, event);
  }
  const wanted = [...distinct.values()];
  // Whoever moves a tree's counters holds its main account first, so that two who meet take turns.
  await holdAccounts(tx, app.database.engine, new Set(wanted.map(({ root_sid }) => root_sid)));
  const inserted = await insertUsageEvents(tx, wanted);
  const counted = inserted.length < wanted.length ? await newOnes(tx, wanted, inserted) : wanted;
  const added = foldEvents(counted);
  demandExact(added);
  const noticed = await countUsage(tx, added);
  demandExact(noticed);
  await demandGrantLimit(act, added);
  await fireTriggers(act, noticed);
  await spendBalances(tx, pricesOf(counted));
  const repeated = events.length - counted.length;
  countMetered(
    act,
    counted.map(({ at }) => at),
    repeated,
  );
  return { accepted: counted.length, repeated };
}

/**
 * The events that were not in the ledger before.
 * @throws ApiError 409 for one that was, as something else.
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

/** What events cost, by main account. */
function pricesOf(events: readonly UsageEvent[]): Map<string, number> {
  const prices = new Map<string, number>();
  for (const { root_sid, price_micro } of events) {
    prices.set(root_sid, (prices.get(root_sid) ?? 0) + price_micro);
  }
  return prices;
}

/** @throws ApiError 400 for a sum that has become too large, or of which a part has. */
function demandExact(counters: readonly UsageCounter[]): void {
  for (const { count, usage_micro, price_micro } of counters) {
    if (Math.max(count, usage_micro, Math.abs(price_micro)) > MAX_SUM) {
      throw badRequest('The sum of the usage would become too large to be exact.');
    }
  }
}

function nameOf({ account_sid, key }: Pick<UsageEvent, 'account_sid' | 'key'>): string {
  return `${account_sid} ${key}`;
}

/** @throws ApiError 409 for an event that is in the ledger as something else. */
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
