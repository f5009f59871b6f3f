import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';
import type { EpochMs } from '../kit/utc.ts';
import { DeliveryWorker } from './deliver-webhooks.ts';
import { countSettled, countUnderWay } from './settling-store.ts';

/** The longest time that a caller waits for receivers. */
const SETTLING_MS = 30_000;
/** The pause between checks whether other processes have finished their deliveries. */
const LOOK_MS = 50;

/** Does the due work that causes webhooks, and then sends all due deliveries. */
export type Settler = Pick<DeliveryWorker, 'deliverDue'>;

/** The settler of this server. */
const SETTLER = new Slot<Settler | null>(() => null);

/** Sets the settler of this server's webhooks; null removes it. */
export function settleWith(app: App, settler: Settler | null): void {
  app.kept.set(SETTLER, settler);
}

/** The state of the outbox after settling. */
export interface Settled {
  /** Deliveries that arrived since the given moment. */
  readonly delivered: number;
  /** Deliveries that are still to be sent, at their next attempt or after this wait ran out. */
  readonly pending: number;
}

/**
 * Waits until every due delivery has been tried once by some process, but at most for 30 s. It must
 * not run in a deed. Deliveries to a host with an open breaker are not tried, and count as pending.
 * @param since deliveries count from this moment on
 */
export async function settleDeliveries(app: App, since: EpochMs): Promise<Settled> {
  const worker = app.kept.get(SETTLER) ?? new DeliveryWorker(app);
  const { db } = app.database;
  const over = new AbortController();
  const timeIsUp = new Promise<void>((resolve) => {
    over.signal.addEventListener('abort', () => resolve());
  });
  const patience = setTimeout(() => over.abort(), SETTLING_MS);
  const settle = async (): Promise<void> => {
    await worker.deliverDue();
    while (!over.signal.aborted && (await countUnderWay(db, since)) > 0) {
      await sleep(LOOK_MS);
      await worker.deliverDue();
    }
  };
  try {
    await Promise.race([settle(), timeIsUp]);
  } finally {
    clearTimeout(patience);
    over.abort();
  }
  return countSettled(db, since);
}
