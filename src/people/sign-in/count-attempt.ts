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
 * Counts an attempt as failed before anybody looks at it, so that attempts which arrive
 * together cannot all slip through; whoever turns out to be right takes it back
 * (`forgiveAttempt`).
 * @throws ApiError 429 with `Retry-After` when it comes too early; it is then not counted.
 */
export async function countAttempt(app: App, { keys, held_up_by }: Counted): Promise<void> {
  const { database } = app;
  const demandTime = (counts: readonly Failures[], now: EpochMs) => {
    const holding = counts.filter(({ key }) => held_up_by.has(key));
    const next = Math.max(0, ...holding.map(({ date_next }) => date_next));
    if (next > now) throw tooEarly(next - now);
  };
  // A flood that is held up costs a read each, and takes no turn among the writes.
  demandTime(await readFailures(database.db, keys), app.realNow());
  await database.write(async (tx) => {
    const now = app.realNow();
    const counts = await lockFailures(tx, database.engine, keys, now);
    demandTime(counts, now);
    for (const counted of counts) await writeFailures(tx, withFailure(counted, now));
  });
}

/**
 * Counts a guess at a password. Where nothing but the failures of strangers elsewhere makes it wait, it
 * counts for its own place, and is looked at all the same: whether it has to wait shows afterwards,
 * and alike for everybody whose password it is not.
 * @returns how it is counted, and the refusal of those who have to wait.
 * @throws ApiError as `countAttempt`, when its own place has to wait.
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

/** Takes a counted attempt back, in the transaction of what it led to. */
export async function forgiveAttempt(app: App, tx: Tx, { keys }: Counted): Promise<void> {
  const now = app.realNow();
  for (const counted of await lockFailures(tx, app.database.engine, keys, now)) {
    const rest = afterSuccess(counted, now);
    if (rest) await writeFailures(tx, rest);
    else await deleteFailures(tx, counted.key);
  }
}
