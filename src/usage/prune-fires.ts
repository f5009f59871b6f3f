import type { App } from '../app.ts';
import { DAY_MS } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import { deleteOldFires, type Fire } from './usage-trigger-store.ts';

/** Fires are kept for 13 months, so that none happens twice in its day or month. */
const FIRE_KEPT_DAYS = 13 * 31;
/** The same for yearly triggers: their window ends up to a year later. */
const YEARLY_FIRE_KEPT_DAYS = 2 * 366;
/** The largest window of a year, which has four digits. Windows of months and days have more. */
const LAST_YEAR = 9_999;
/** The most rows that one deed deletes, so that other deeds need not wait long. */
const BATCH = 500;
/** The most batches of one run. The next run deletes the rest. */
const MAX_BATCHES = 200;

/**
 * Whether the row of a fire may be deleted. The row keeps a trigger from firing twice in a window,
 * so it stays until the window has ended. The window of all time ends with the trigger.
 */
export function isFireForgotten(
  { window, date_created }: Pick<Fire, 'window'> & { readonly date_created: EpochMs },
  hasTrigger: boolean,
  now: EpochMs,
): boolean {
  if (window === 0 && hasTrigger) return false;
  const isYear = window > 0 && window <= LAST_YEAR;
  const { fires, yearly } = forgottenBy(now);
  return date_created <= (isYear ? yearly : fires);
}

/** The dates before which fires are old: for yearly triggers, and for others. */
function forgottenBy(now: EpochMs): { readonly fires: EpochMs; readonly yearly: EpochMs } {
  return {
    fires: now - FIRE_KEPT_DAYS * DAY_MS,
    yearly: now - YEARLY_FIRE_KEPT_DAYS * DAY_MS,
  };
}

/** Deletes old fires. A worker calls it at intervals. */
export async function pruneFires({ database, now }: App): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const deleted = await database.write((tx) => {
      const old = { ...forgottenBy(now()), last_year: LAST_YEAR };
      return deleteOldFires(tx, old, BATCH);
    });
    if (deleted < BATCH) return;
  }
}
