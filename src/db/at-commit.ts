import type { Tx } from './database.ts';
import { scopeOf } from './deed-scope.ts';

/** Work that is done once for all the deeds of a transaction. */
type Finish<Row> = (tx: Tx, rows: readonly Row[]) => Promise<void>;

const waiting = new WeakMap<Tx, Map<Finish<never>, unknown[]>>();

/**
 * Keeps rows for the end of the transaction. `finish` then gets the rows of all its deeds together.
 * The rows of a deed that is undone are dropped.
 */
export function atCommit<Row>(tx: Tx, finish: Finish<Row>, rows: readonly Row[]): void {
  let finishes = waiting.get(tx);
  if (!finishes) waiting.set(tx, (finishes = new Map()));
  const left = finishes.get(finish) ?? [];
  finishes.set(finish, left);
  const { length } = left;
  left.push(...rows);
  scopeOf(tx)?.onUndo(() => void left.splice(length));
}

/** Calls `finish` for the rows that were kept, right before the commit. */
export async function finishCommit(tx: Tx): Promise<void> {
  for (const [finish, rows] of waiting.get(tx) ?? []) await finish(tx, rows as never[]);
}
