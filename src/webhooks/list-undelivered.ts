import type { Db } from '../db/database.ts';
import { listAttempts, listDeliveries } from './delivery-store.ts';
import { listFailing } from './failing-store.ts';
import { type Delivery, describeAttempt } from './webhook.ts';

/** A delivery that no receiver took so far, and why, in a sentence. */
export type Undelivered = Delivery & { readonly why: string | null };

/**
 * What receivers did not take: what is tried again, the soonest first, and what was given up, the
 * newest first; of every account, unless one is named.
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
  // They come in order, so that the last of each is what stays.
  const last = new Map(attempts.map((attempt) => [attempt.delivery_sid, attempt]));
  return {
    failing: failing.map((delivery) => {
      const attempt = last.get(delivery.sid);
      return { ...delivery, why: attempt ? describeAttempt(attempt) : null };
    }),
    dead: dead.map((delivery) => ({ ...delivery, why: delivery.reason })),
  };
}
