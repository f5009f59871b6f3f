import type { Tx } from './database.ts';

/** What is left to do for all the deeds of a transaction together. */
type Finish<Row> = (tx: Tx, rows: readonly Row[]) => Promise<void>;

const waiting = new WeakMap<Tx, Map<Finish<never>, unknown[]>>();

/**
 * Leaves rows for the end of the transaction, where `finish` gets those of all its deeds at once. For a
 * deed to call as its last step, as what is left here is not undone with it.
 */
export function atCommit<Row>(tx: Tx, finish: Finish<Row>, rows: readonly Row[]): void {
  let finishes = waiting.get(tx);
  if (!finishes) waiting.set(tx, (finishes = new Map()));
  const left = finishes.get(finish);
  if (left) left.push(...rows);
  else finishes.set(finish, [...rows]);
}

/** Does what is left, right before the commit. */
export async function finishCommit(tx: Tx): Promise<void> {
  for (const [finish, rows] of waiting.get(tx) ?? []) await finish(tx, rows as never[]);
}
