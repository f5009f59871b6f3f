import type { App } from '../../app.ts';
import { act } from '../../audit/act.ts';
import { OPERATOR } from '../../audit/audit-event.ts';
import { listPlatformEvents } from '../../audit/audit-store.ts';
import { dateText } from '../../kit/day.ts';
import { plainDecimalOf } from '../../kit/money.ts';
import { iso8601 } from '../../kit/utc.ts';
import { removeRate, setRate, type WordedRate } from '../../usage/change-rates.ts';
import { examplesIn, type Rate } from '../../usage/rate-card.ts';
import { listRates } from '../../usage/rate-store.ts';

/** The number of changes that are shown, newest first. */
const CHANGES_SHOWN = 1_000;

/** Every rate in force, in the order in which usage looks for its rate. */
export async function listEveryRate({ config, database }: App): Promise<Record<string, string>[]> {
  const set = await listRates(database.db);
  return [
    ...set.map((rate) => shown(rate, 'operator')),
    ...examplesIn(config.mode).map((rate) => shown(rate, 'example')),
  ];
}

/** Sets a rate. @returns the rate as it is stored */
export async function setRateOf(app: App, wanted: WordedRate): Promise<Record<string, string>> {
  const { category, per, price, from } = wanted;
  const rate = await act(app, OPERATOR, (doing) => setRate(doing, { category, per, price, from }));
  return shown(rate, 'operator');
}

/** Removes a rate. */
export function removeRateOf(app: App, rate: { category: string; from: string }): Promise<void> {
  return act(app, OPERATOR, (doing) => removeRate(doing, rate));
}

/** The changes of rates, newest first. */
export async function listRateChanges({ database }: App): Promise<Record<string, string>[]> {
  const events = await listPlatformEvents(database.db, CHANGES_SHOWN);
  const changes = events.filter(({ action }) => action.startsWith('usage_rate.'));
  return changes.map(({ date_created, actor_kind, action, detail }) => {
    const { category, per = '', price = '', from } = JSON.parse(detail) as Record<string, string>;
    return {
      date_created: iso8601(date_created),
      actor_kind,
      action,
      category: category ?? '',
      per,
      price,
      from: from ?? '',
    };
  });
}

function shown({ category, per, price_micro, from }: Rate, set_by: string): Record<string, string> {
  return { category, per, price: plainDecimalOf(price_micro), from: dateText(from), set_by };
}
