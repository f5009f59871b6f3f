import { setTimeout as sleep } from 'node:timers/promises';
import type { App } from '../app.ts';
import { Slot } from '../kit/kept.ts';
import type { EpochMs } from '../kit/utc.ts';
import { DeliveryWorker } from './deliver-webhooks.ts';
import { countSettled, countUnderWay } from './settling-store.ts';

/** The longest time that a caller waits for receivers. */
const SETTLING_MS = 30_000;
/** How often it is looked whether other processes have finished what they took. */
const LOOK_MS = 50;

/** What settles: it sends all that is due, and does first what sending follows from. */
export type Settler = Pick<DeliveryWorker, 'deliverDue'>;

/** The settler of this server. */
const SETTLER = new Slot<Settler | null>(() => null);

/** Says who sends this server's webhooks; null: nobody any more. */
export function settleWith(app: App, settler: Settler | null): void {
  app.kept.set(SETTLER, settler);
}

/** What became of the outbox. */
export interface Settled {
  /** Deliveries that arrived since the moment that was given. */
  readonly delivered: number;
  /** All that are still to be sent: at their next attempt, or because time was up. */
  readonly pending: number;
}

/**
 * Waits until what is due has been tried once, by whichever process, or for 30 s. It belongs into
 * no deed. What a failing host's breaker holds back is left for later, and counts as pending.
 * @param since the moment from which on deliveries count as made by now
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
