import type { Act } from '../audit/act.ts';
import type { Micro } from '../kit/money.ts';
import { meterUsage } from '../usage/meter-usage.ts';
import { readUsage, type ToldUsage } from '../usage/read-usage.ts';

/**
 * Meters usage by the rate card in this transaction, so that the records have it before any answer
 * or callback mentions it. The key, made of the resource's SID and the category, makes it count
 * once.
 * @param isNew whether this deed makes the resource of the key, so that the key is new
 * @returns the price in millionths.
 * @throws ApiError 403/20403 when the actor is a Connect app and would exceed its grant's limit.
 */
export async function charge(
  act: Act,
  used: Pick<
    ToldUsage,
    'account_sid' | 'category' | 'count' | 'usage_micro' | 'price_micro' | 'key'
  >,
  { isNew = false }: { readonly isNew?: boolean } = {},
): Promise<Micro> {
  const events = await readUsage(act, [used]);
  await meterUsage(act, events, { areNew: isNew });
  return events[0]?.price_micro ?? 0;
}
