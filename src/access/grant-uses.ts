import type { App } from '../app.ts';
import { SPARE_LANE } from '../db/write-queue.ts';
import { upsertGrantUse } from './grant-use-store.ts';

const MINUTE_MS = 60_000;
/** Grants whose last minute is remembered; past it the memory begins anew. */
const MAX_REMEMBERED = 100_000;

export interface GrantUses {
  /** Notes that an app acted by a grant, without anybody's waiting for it. */
  readonly note: (grant_sid: string) => void;
}

/**
 * Writes down when a grant was last used, once a minute at most. What is remembered here only
 * spares writes: it decides nothing, and a note that fails is logged and tried with the next use.
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
