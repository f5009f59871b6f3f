import type { Tx } from '../db/database.ts';
import { holdsAccount } from '../db/hold-accounts.ts';
import { loadTogether } from '../db/postgres/reads-together.ts';
import { CATEGORIES } from '../usage/category.ts';
import { type FutureUsage, knowUsage } from '../usage/meter-ahead.ts';
import { fetchRates } from '../usage/rate-store.ts';

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
