import { laneOf } from '../access/main-accounts.ts';
import type { App } from '../app.ts';
import { endLease, fetchDelivery, insertAttempt } from './delivery-store.ts';
import type { Sent } from './send-webhook.ts';
import { type Delivery, verdictOf } from './webhook.ts';
import { countAttempt } from './webhook-metrics.ts';

/**
 * Writes an attempt and its delivery's new state. A worker may be too late: its lease ran out, or
 * the delivery was cancelled or replayed. Its attempt is written all the same, since the request
 * was made, but the delivery's state stays.
 */
export async function recordAttempt(app: App, delivery: Delivery, sent: Sent): Promise<void> {
  const { outcome } = sent;
  const random = app.randomBytes(4).readUInt32BE() / 2 ** 32;
  const lane = await laneOf(app, delivery.account_sid);
  const ended = await app.database.write(async (tx) => {
    // A reset or the sweep may have deleted the row, and a restore may have reset it to unsent.
    const found = await fetchDelivery(tx, delivery.sid);
    if (!found || !knowsOf(found, delivery)) return null;
    const now = app.now();
    const isAnswer = outcome.kind === 'response';
    await insertAttempt(tx, {
      delivery_sid: delivery.sid,
      root_sid: delivery.root_sid,
      number: delivery.attempts,
      date_created: sent.date_created,
      url: sent.url,
      signed: sent.signed,
      status: isAnswer ? outcome.status : null,
      error: isAnswer ? null : outcome.error,
      response: isAnswer ? outcome.body : null,
      duration_ms: sent.duration_ms,
    });
    const verdict = verdictOf(delivery, outcome, now, random);
    await endLease(tx, {
      sid: delivery.sid,
      lease: delivery.lease,
      ...verdict,
      date_updated: now,
    });
    return found.lease === delivery.lease ? { verdict, at: now } : null;
  }, lane);
  countAttempt(app, delivery, sent, ended);
}

/**
 * Whether the delivery has counted this attempt. A restore brings back an older state of the
 * delivery. Its later attempts then have the same numbers, but other leases.
 */
function knowsOf(found: Delivery, { attempts, lease }: Delivery): boolean {
  if (found.attempts !== attempts) return found.attempts > attempts;
  return found.lease === null || found.lease === lease;
}
