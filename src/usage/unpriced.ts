import type { App } from '../app.ts';
import { dayOf } from '../kit/day.ts';
import { unpriced } from './rate-card.ts';
import { listRates } from './rate-store.ts';

/**
 * Says which usage costs nothing because the operator set no rate for it, in production, where the
 * examples do not count; null: everything that the product meters by itself has a rate, or this
 * is development.
 */
export async function fetchUnpricedWords({ config, database, now }: App): Promise<string | null> {
  if (config.mode !== 'production') return null;
  const rates = await listRates(database.db);
  if (rates.length === 0) return 'No rates are set: usage counts at price 0.';
  const missing = unpriced(rates, dayOf(now()));
  if (missing.length === 0) return null;
  return `No rate is set for ${missing.join(', ')}: such usage counts at price 0.`;
}

/** How the operator sets rates. */
export const SET_RATES =
  'tieline rates set does that, and while a server runs on a folder, POST /_tieline/rates.';

/** Says so in the log, at a start. */
export async function logUnpriced(app: App): Promise<void> {
  const words = await fetchUnpricedWords(app);
  if (words !== null) app.log.warn(`${words} To set rates: ${SET_RATES}`);
}
