import type { App } from '../app.ts';
import type { Tx } from '../db/open-database.ts';
import { afterSuccess, tooEarly, withFailure } from './sign-in-delay.ts';
import { deleteFailures, lockFailures, writeFailures } from './sign-in-delay-store.ts';

/**
 * Counts an attempt as failed before anybody looks at it, so that attempts which arrive
 * together cannot all slip through; whoever turns out to be right takes it back
 * (`forgiveAttempt`).
 * @throws ApiError 429 with `Retry-After` when it comes too early; it is then not counted.
 */
export async function countAttempt(app: App, keys: readonly string[]): Promise<void> {
  const { database } = app;
  await database.write(async (tx) => {
    const now = app.realNow();
    const counts = await lockFailures(tx, database.engine, keys, now);
    const next = Math.max(...counts.map(({ date_next }) => date_next));
    if (next > now) throw tooEarly(next - now);
    for (const counted of counts) await writeFailures(tx, withFailure(counted, now));
  });
}

/** Takes a counted attempt back, in the transaction of what it led to. */
export async function forgiveAttempt(app: App, tx: Tx, keys: readonly string[]): Promise<void> {
  const now = app.realNow();
  for (const counted of await lockFailures(tx, app.database.engine, keys, now)) {
    const rest = afterSuccess(counted, now);
    if (rest) await writeFailures(tx, rest);
    else await deleteFailures(tx, counted.key);
  }
}
