import type { App } from '../../app.ts';
import type { Tx } from '../../db/database.ts';
import type { EpochMs } from '../../kit/utc.ts';
import {
  afterSuccess,
  type Counted,
  type Failures,
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

/** Takes a counted attempt back, in the transaction of what it led to. */
export async function forgiveAttempt(app: App, tx: Tx, { keys }: Counted): Promise<void> {
  const now = app.realNow();
  for (const counted of await lockFailures(tx, app.database.engine, keys, now)) {
    const rest = afterSuccess(counted, now);
    if (rest) await writeFailures(tx, rest);
    else await deleteFailures(tx, counted.key);
  }
}
