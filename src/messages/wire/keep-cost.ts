import { laneOf } from '../../access/main-accounts.ts';
import type { App } from '../../app.ts';
import { type Act, act } from '../../audit/act.ts';
import { SYSTEM } from '../../audit/audit-event.ts';
import type { Cost } from '../../carriers/message-carrier.ts';
import { MICRO_PER_UNIT } from '../../kit/money.ts';
import type { Message } from '../message.ts';
import { fetchMessage, updateMessage } from '../message-store.ts';
import { fetchRefs } from './carrier-ref-store.ts';
import { CHARGED, COST } from './wire-metrics.ts';

/**
 * Keeps the price of a carrier for a message. The first one counts, and the customer's charge stays
 * as it is.
 */
export async function keepCost(
  { tx, count }: Act,
  { sid, account_sid }: Message,
  carrier: string,
  { micro, currency }: Cost,
): Promise<void> {
  const message = await fetchMessage(tx, account_sid, sid);
  if (!message || message.carrier_cost_micro !== null) return;
  await updateMessage(tx, message, { carrier_cost_micro: micro, carrier_cost_currency: currency });
  count(COST, { carrier, currency }, micro / MICRO_PER_UNIT);
  count(CHARGED, { carrier }, (message.price_micro ?? 0) / MICRO_PER_UNIT);
}

/**
 * Keeps a price that comes after the end of its message.
 * @returns false when the carrier is not known to have had this message
 */
export async function keepLateCost(
  app: App,
  { sid, by }: { readonly sid: string; readonly by: string },
  cost: Cost,
): Promise<boolean> {
  const [ref] = await fetchRefs(app.database.db, sid);
  if (ref?.carrier !== by) return false;
  const { account_sid } = ref;
  const deed = async (doing: Act) => {
    const message = await fetchMessage(doing.tx, account_sid, sid);
    if (message) await keepCost(doing, message, by, cost);
    return message !== undefined;
  };
  return act(app, SYSTEM, deed, { lane: await laneOf(app, account_sid) });
}
