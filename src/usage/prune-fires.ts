import type { App } from '../app.ts';
import { DAY_MS } from '../kit/day.ts';
import type { EpochMs } from '../kit/utc.ts';
import { deleteOldFires, type Fire } from './usage-trigger-store.ts';

/** Fires are kept for 13 months, so that none is repeated in its day or month. */
const FIRE_KEPT_DAYS = 13 * 31;
/** The same for yearly triggers, so that no fire is forgotten before its window is long over. */
const YEARLY_FIRE_KEPT_DAYS = 2 * 366;
/** Windows of years are written with four digits, and those of months and days with more. */
const LAST_YEAR = 9_999;
/** Rows that one deed deletes, so that others need not wait long. */
const BATCH = 500;
/** Batches of one sweep; what is left goes with the next one. */
const MAX_BATCHES = 200;

/**
 * Whether a fire may be forgotten. Its row is what keeps a trigger from firing twice in a window,
 * so it stays until the window has ended; that of all time ends with its trigger.
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

/** The dates by which fires are old: those of years, and the others. */
function forgottenBy(now: EpochMs): { readonly fires: EpochMs; readonly yearly: EpochMs } {
  return {
    fires: now - FIRE_KEPT_DAYS * DAY_MS,
    yearly: now - YEARLY_FIRE_KEPT_DAYS * DAY_MS,
  };
}

/** Deletes the fires that are too old. For a worker to run now and then. */
export async function pruneFires({ database, now }: App): Promise<void> {
  for (let batch = 0; batch < MAX_BATCHES; batch += 1) {
    const deleted = await database.write((tx) => {
      const old = { ...forgottenBy(now()), last_year: LAST_YEAR };
      return deleteOldFires(tx, old, BATCH);
    });
    if (deleted < BATCH) return;
  }
}
