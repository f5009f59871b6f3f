import type { Act } from '../audit/act.ts';
import type { Micro } from '../kit/money.ts';
import { meterUsage } from '../usage/meter-usage.ts';
import { readUsage, type ToldUsage } from '../usage/read-usage.ts';

/**
 * Meters what was used, by the rate card and in this transaction, so that it is in the records
 * before anybody hears of it. The key makes it count once: the thing's SID and what is charged.
 * @returns what it costs, in millionths.
 * @throws ApiError 403/20403 when a Connect app that is the actor would get past its grant's limit.
 */
export async function charge(
  act: Act,
  used: Pick<ToldUsage, 'account_sid' | 'category' | 'count' | 'usage_micro' | 'key'>,
): Promise<Micro> {
  const events = await readUsage(act, [used]);
  await meterUsage(act, events);
  return events[0]?.price_micro ?? 0;
}
