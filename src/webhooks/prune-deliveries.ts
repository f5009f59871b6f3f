import type { App } from '../app.ts';
import { deleteEndedDeliveries } from './delivery-store.ts';

const DAY_MS = 24 * 60 * 60 * 1_000;
/** Days for which delivered and cancelled deliveries are kept. */
const ENDED_DAYS = 30;
/** Days for which dead deliveries are kept, since they may still be replayed. */
const DEAD_DAYS = 90;
/** One deed deletes this many rows at most, so that others do not wait long. */
const BATCH = 500;
/** Batches of one sweep. The next sweep deletes the rest. */
const MAX_BATCHES = 200;

/** Deletes ended deliveries past their time, with their attempts. */
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
