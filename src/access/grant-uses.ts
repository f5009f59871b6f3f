import type { App } from '../app.ts';
import { SPARE_LANE } from '../db/write-queue.ts';
import { upsertGrantUse } from './grant-use-store.ts';

const MINUTE_MS = 60_000;
/** The most grants in memory. Beyond it, the memory is cleared. */
const MAX_REMEMBERED = 100_000;

export interface GrantUses {
  /** Notes that an app acted by a grant. The request does not wait for it. */
  readonly note: (grant_sid: string) => void;
}

/**
 * Writes down the last use of a grant, once a minute at most. The memory here only saves writes; it
 * decides nothing. A note that fails is logged, and the next use tries again.
 */
export function openGrantUses({ database, log, now }: App): GrantUses {
  const noted = new Map<string, number>();
  return {
    note(grant_sid) {
      const time = now();
      const minute = Math.floor(time / MINUTE_MS);
      if (noted.get(grant_sid) === minute) return;
      if (noted.size >= MAX_REMEMBERED) noted.clear();
      noted.set(grant_sid, minute);
      database
        .write((tx) => upsertGrantUse(tx, grant_sid, time), SPARE_LANE)
        .catch((err: unknown) => {
          noted.delete(grant_sid);
          log.warn({ err, grant_sid }, 'the use of a grant could not be noted');
        });
    },
  };
}
