import type { Act } from '../audit/act.ts';
import { conflict } from '../kit/api-error.ts';
import { fetchDelivery, updateDelivery } from './delivery-store.ts';
import { type Delivery, isTwimlKind } from './webhook.ts';
import { nudgeWorker } from './webhook-nudge.ts';

/**
 * Sends a delivery again, in any state but cancelled. It is due now, and its schedule begins anew.
 * It stays the same delivery with its idempotency token, so the replay replaces the next planned
 * attempt.
 * @throws ApiError 409/20409 for a cancelled delivery, because a revoke is final, and for a request
 *   for TwiML, because its call or message no longer waits for the answer.
 */
export async function replayDelivery(act: Act, delivery: Delivery): Promise<Delivery> {
  const { app, tx, now, record } = act;
  if (isTwimlKind(delivery.kind)) {
    throw conflict(
      'This request for TwiML is over and is not sent again: nothing waits for its answer.',
    );
  }
  const replayed = await updateDelivery(tx, delivery.sid, {
    state: 'pending',
    reason: null,
    tries: 0,
    date_next: now,
    lease: null,
    date_updated: now,
  });
  if (!replayed) {
    const { reason } = (await fetchDelivery(tx, delivery.sid)) ?? delivery;
    throw conflict(`The delivery was cancelled and cannot be replayed. ${reason ?? ''}`.trim());
  }
  record({
    action: 'delivery.replayed',
    account_sid: delivery.account_sid,
    target_sid: delivery.sid,
    detail: { kind: delivery.kind, connect_app_sid: delivery.connect_app_sid },
  });
  nudgeWorker(app);
  return replayed;
}
