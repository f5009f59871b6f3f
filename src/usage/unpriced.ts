import type { App } from '../app.ts';
import { dayOf } from '../kit/day.ts';
import { unpriced } from './rate-card.ts';
import { listRates } from './rate-store.ts';

/**
 * Names the usage that costs nothing in production because the operator set no rate for it. Example
 * rates do not apply there.
 * @returns null in development, or when everything that the product meters has a rate
 */
export async function fetchUnpricedWords({ config, database, now }: App): Promise<string | null> {
  if (config.mode !== 'production') return null;
  const rates = await listRates(database.db);
  if (rates.length === 0) return 'No rates are set: usage counts at price 0.';
  const missing = unpriced(rates, dayOf(now()));
  if (missing.length === 0) return null;
  return `No rate is set for ${missing.join(', ')}: such usage counts at price 0.`;
}

/** The hint that tells the operator how to set rates. */
export const SET_RATES =
  'tieline rates set does that, and while a server runs on a folder, POST /_tieline/rates.';

/** Writes usage without a rate into the log, at a start. */
export async function logUnpriced(app: App): Promise<void> {
  const words = await fetchUnpricedWords(app);
  if (words !== null) app.log.warn(`${words} To set rates: ${SET_RATES}`);
}
