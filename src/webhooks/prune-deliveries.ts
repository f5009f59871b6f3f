import type { App } from '../app.ts';
import { deleteEndedDeliveries } from './delivery-store.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Deliveries that arrived or were cancelled are kept for so long. */
const ENDED_DAYS = 30;
/** The same for dead ones, which may still be replayed. */
const DEAD_DAYS = 90;
/** Rows that one deed deletes, so that others need not wait long. */
const BATCH = 500;
/** Batches of one sweep; what is left goes with the next one. */
const MAX_BATCHES = 200;

/** Deletes the deliveries that nobody will ask for again, with their attempts. */
export async function pruneDeliveries({ database, now }: App): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const deleted = await database.write((tx) => {
      const time = now();
      const before = { ended: time - ENDED_DAYS * DAY_MS, dead: time - DEAD_DAYS * DAY_MS };
      return deleteEndedDeliveries(tx, before, BATCH);
    });
    if (deleted < BATCH) return;
  }
}
