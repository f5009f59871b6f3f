import { counterName } from '../access/spent-later.ts';
import type { Tx } from '../db/database.ts';
import { holdsAccount } from '../db/hold-accounts.ts';
import { loadTogether } from '../db/postgres/reads-together.ts';
import { openArmedCounters } from '../usage/arm-triggers.ts';
import { CATEGORIES } from '../usage/category.ts';
import { fetchRates } from '../usage/rate-store.ts';
import { type Counted, foldEvents } from '../usage/usage-event.ts';
import { fetchArmedCounters, knowCounters } from '../usage/usage-store.ts';

/** Usage that a deed will meter: an event without its amounts. */
type FutureUsage = Omit<Counted, 'count' | 'usage_micro' | 'price_micro'>;

/**
 * Reads the rates and the counters of usage that a deed will meter, ahead of the deed. It must run
 * together with those of other deeds (`db/postgres/reads-together.ts`). It reads no counters of a
 * main account that the transaction does not hold, because another transaction may move these.
 */
export async function foreseeCharge(tx: Tx, usage: FutureUsage): Promise<void> {
  const rates = fetchRates(tx, CATEGORIES.get(usage.category)?.levels ?? []);
  const isHeld = holdsAccount(tx, usage.root_sid);
  await Promise.all([rates, isHeld && loadTogether(tx, usage, knowUsage)]);
}

/** Lets deeds count usage in memory. Its main accounts must be held. */
async function knowUsage(tx: Tx, usage: readonly FutureUsage[]): Promise<void> {
  const some = { count: 1, usage_micro: 1, price_micro: 1 };
  const keys = foldEvents(usage.map((one) => ({ ...one, ...some })));
  const counters = await fetchArmedCounters(tx, keys);
  const present = new Set(counters.map(counterName));
  const absent = keys.filter((key) => !present.has(counterName(key)));
  knowCounters(tx, [...counters, ...(await openArmedCounters(tx, absent))]);
}
