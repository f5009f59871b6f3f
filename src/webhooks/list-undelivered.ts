import type { Db } from '../db/database.ts';
import { listAttempts, listDeliveries } from './delivery-store.ts';
import { listFailing } from './failing-store.ts';
import { type Delivery, describeAttempt } from './webhook.ts';

/** A delivery that no receiver has accepted, and the reason in one sentence. */
export type Undelivered = Delivery & { readonly why: string | null };

/**
 * Lists deliveries that no receiver accepted, of one account or of all. `failing` ones will be
 * tried again, the soonest first. `dead` ones were given up, the newest first.
 */
export async function listUndelivered(
  db: Db,
  of: { readonly account_sid?: string | undefined },
  limit: number,
): Promise<{ readonly failing: readonly Undelivered[]; readonly dead: readonly Undelivered[] }> {
  const failing = await listFailing(db, of, limit);
  const dead = await listDeliveries(db, { ...of, state: 'dead' }, limit);
  const attempts = await listAttempts(
    db,
    failing.map(({ sid }) => sid),
  );
  // The attempts are in order, so the map keeps the last attempt of each delivery.
  const last = new Map(attempts.map((attempt) => [attempt.delivery_sid, attempt]));
  return {
    failing: failing.map((delivery) => {
      const attempt = last.get(delivery.sid);
      return { ...delivery, why: attempt ? describeAttempt(attempt) : null };
    }),
    dead: dead.map((delivery) => ({ ...delivery, why: delivery.reason })),
  };
}
