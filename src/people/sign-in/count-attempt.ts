import type { App } from '../../app.ts';
import type { Tx } from '../../db/database.ts';
import { ApiError } from '../../kit/api-error.ts';
import type { EpochMs } from '../../kit/utc.ts';
import {
  afterSuccess,
  type Counted,
  type Failures,
  ofOwnPlace,
  tooEarly,
  withFailure,
} from './sign-in-delay.ts';
import {
  deleteFailures,
  lockFailures,
  readFailures,
  writeFailures,
} from './sign-in-delay-store.ts';

/**
 * Counts an attempt as failed before it is checked, so that attempts that arrive together cannot
 * all pass. A successful attempt is taken back (`forgiveAttempt`).
 * @throws ApiError 429 with `Retry-After` when it comes too early. It is then not counted.
 */
export async function countAttempt(app: App, { keys, held_up_by }: Counted): Promise<void> {
  const { database } = app;
  const demandTime = (counts: readonly Failures[], now: EpochMs) => {
    const holding = counts.filter(({ key }) => held_up_by.has(key));
    const next = Math.max(0, ...holding.map(({ date_next }) => date_next));
    if (next > now) throw tooEarly(next - now);
  };
  // An attempt during a delay costs only this read, and no write.
  demandTime(await readFailures(database.db, keys), app.realNow());
  await database.write(async (tx) => {
    const now = app.realNow();
    const counts = await lockFailures(tx, database.engine, keys, now);
    demandTime(counts, now);
    for (const counted of counts) await writeFailures(tx, withFailure(counted, now));
  });
}

/**
 * Counts a guess at a password. If only the failures of strangers elsewhere delay it, it counts for
 * its own place and is checked all the same. The refusal comes after the check, and is the same for
 * every wrong password.
 * @returns the counts of the guess, and the refusal if it is delayed
 * @throws ApiError as `countAttempt`, when the delay comes from its own place
 */
export async function countGuess(
  app: App,
  all: Counted,
): Promise<{ readonly counted: Counted; readonly delay: ApiError | null }> {
  try {
    await countAttempt(app, all);
    return { counted: all, delay: null };
  } catch (delay) {
    const counted = ofOwnPlace(all);
    if (!isTooEarly(delay) || counted === null) throw delay;
    await countAttempt(app, counted).catch((error: unknown) => {
      throw isTooEarly(error) ? delay : error;
    });
    return { counted, delay };
  }
}

function isTooEarly(error: unknown): error is ApiError {
  return error instanceof ApiError && error.status === 429;
}

/** Takes a counted attempt back, in the transaction of its success. */
export async function forgiveAttempt(app: App, tx: Tx, { keys }: Counted): Promise<void> {
  const now = app.realNow();
  for (const counted of await lockFailures(tx, app.database.engine, keys, now)) {
    const rest = afterSuccess(counted, now);
    if (rest) await writeFailures(tx, rest);
    else await deleteFailures(tx, counted.key);
  }
}
