import type { Kysely } from 'kysely';
import { finishCommit } from './at-commit.ts';
import type { CommitsOnDisk } from './commits-on-disk.ts';
import type { Ahead, AheadWork, Deed, Tx } from './database.ts';
import type { WriteWatch } from './database-metrics.ts';
import { isLockTimeout, isOutage, isRetryable } from './db-error.ts';
import { DeedScope } from './deed-scope.ts';
import { connectionOf } from './scope-connection.ts';
import { isFsyncFailure, isSqliteOutage } from './sqlite-error.ts';
import type { Tables } from './tables/tables.ts';

/** After this time a batch commits. Deeds that have not begun go into the next batch. */
const MAX_BATCH_MS = 1_000;
/** The same where the transaction keeps the event loop, and every account waits for it. */
const MAX_BATCH_ON_LOOP_MS = 250;

/** A deed that waits, and its lane. */
export interface LaneDeed {
  readonly deed: Deed<unknown>;
  readonly lane: string;
  readonly ahead?: Ahead | undefined;
}

export type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** The database, and the rules of its locks. */
export interface Run {
  readonly db: Kysely<Tables>;
  readonly watch: WriteWatch;
  /** Brings commits to the disk; null where the engine does it. */
  readonly onDisk: CommitsOnDisk | null;
  /** The time in milliseconds that a deed may wait for a lock; null for an engine without locks. */
  readonly patienceOf: (lane: string, isFirst: boolean) => number | null;
  /** Lets reads go first when it is time; null where that is not needed, or not possible. */
  readonly pause: (() => Promise<void> | null) | null;
  /** A deed of the lane is done, so the lane's locks are free. */
  readonly gotLocks: (lane: string) => void;
}

/** Thrown by a deed that needs a lock and may not wait for it: see `mayWait`. */
export class NotYetError extends Error {}

/** The deeds of a transaction cannot commit together. Nothing has happened. */
export class TogetherError extends Error {
  /** The number of the first deeds that can run in a transaction of their own. */
  readonly alone: number;
  constructor(alone: number, cause: unknown) {
    super('The deeds cannot commit together.', { cause });
    this.alone = alone;
  }
}

/**
 * Thrown by a write for several deeds that holds only as long as each deed need not look at its own
 * rows. Nothing has happened, and the deeds run one at a time.
 */
export class AloneError extends Error {}

/** The answer to a commit was lost, so the deeds may have happened. */
export class UnconfirmedError extends Error {
  /** The number of the first deeds, which were in the transaction. Later ones had not begun. */
  readonly begun: number;
  constructor(begun: number, cause: unknown) {
    super('The answer to a commit was lost.', { cause });
    this.begun = begun;
  }
}

/** Transactions in which a deed has already run. */
const LATER = new WeakSet<Tx>();

/**
 * Whether the running deed is the first of its transaction, and may wait for a lock. The
 * transaction of a later deed holds locks already. If it waited, it could meet another process that
 * holds its lock and waits for one of these. A later deed throws a `NotYetError` instead: the deeds
 * before it commit, and it runs again as the first of the next transaction.
 */
export function mayWait(tx: Tx): boolean {
  return !LATER.has(tx);
}

/**
 * Runs deeds one after the other in one transaction, and commits.
 *
 * A deed that throws is undone alone: by its savepoint, or because it has changed nothing yet. The
 * first deed has no savepoint. If it has changed something and throws, the whole transaction is
 * undone, and the deed has its outcome without a commit.
 *
 * @returns the outcomes of the first deeds, up to one that must wait for their commit
 * @throws TogetherError when fewer deeds must run at a time; an error of the whole transaction
 */
export async function runDeeds(deeds: readonly LaneDeed[], run: Run): Promise<Outcome[]> {
  const began = performance.now();
  const tx: Tx = await run.db.startTransaction().execute();
  const scope = new DeedScope(tx, await connectionOf(tx));
  const running = { ...run, tx, scope };
  try {
    const { outcomes, isUndone } = await runEach(deeds, running);
    const ran = performance.now();
    if (!isUndone) {
      await finish(running, outcomes);
      await commit(running, outcomes.length);
    }
    const now = performance.now();
    const refused = outcomes.filter((outcome) => 'error' in outcome).length;
    run.watch.committed(outcomes.length, refused, { whole_ms: now - began, commit_ms: now - ran });
    return outcomes;
  } catch (error) {
    await undo(tx);
    throw error;
  } finally {
    scope.end();
  }
}

/** @param deeds the number of deeds in the transaction */
async function commit({ tx, scope, onDisk }: Running, deeds: number): Promise<void> {
  const end = () => tx.commit().execute();
  try {
    await (onDisk ? onDisk.keep(end, { is_empty: scope.changed === 0 }) : end());
  } catch (error) {
    // SQLite knows that it has not committed, unless the disk did not confirm it.
    const isKnown = !isOutage(error) || (isSqliteOutage(error) && !isFsyncFailure(error));
    throw isKnown ? error : new UnconfirmedError(deeds, error);
  }
}

/** Undoes a transaction. A broken connection cannot; the engine then does it by itself. */
async function undo(tx: Tx): Promise<void> {
  if (tx.isCommitted || tx.isRolledBack) return;
  await tx
    .rollback()
    .execute()
    .catch(() => {});
}

/** @throws TogetherError when the rows of several deeds cannot be written together */
async function finish({ tx, scope }: Running, outcomes: readonly Outcome[]): Promise<void> {
  try {
    await scope.finish();
  } catch (error) {
    const isOther = isOutage(error) || isRetryable(error) || outcomes.length === 1;
    throw isOther && !(error instanceof AloneError) ? error : new TogetherError(1, error);
  }
  await finishCommit(tx);
}

interface Running extends Run {
  readonly tx: Tx;
  readonly scope: DeedScope;
}

interface Ran {
  readonly outcomes: Outcome[];
  /** Whether the whole transaction has been undone. */
  readonly isUndone: boolean;
}

async function runEach(deeds: readonly LaneDeed[], running: Running): Promise<Ran> {
  const { tx, scope, patienceOf, gotLocks, pause } = running;
  const outcomes: Outcome[] = [];
  const latest = performance.now() + (pause ? MAX_BATCH_ON_LOOP_MS : MAX_BATCH_MS);
  const left = countLanes(deeds);
  let patience: number | null = null;
  let isOpen = false;
  const begun = new Set<AheadWork<never>>();
  for (const [index, { deed, lane }] of deeds.entries()) {
    const isFirst = outcomes.length === 0;
    if (!isFirst && performance.now() > latest) break;
    if (!isFirst) await pause?.();
    left.set(lane, (left.get(lane) ?? 1) - 1);
    scope.hasMore = (left.get(lane) ?? 0) > 0;
    const wanted = patienceOf(lane, isFirst);
    const before = () => {
      const texts = isOpen ? [RELEASE] : [];
      // The setting comes before the savepoint, because a rollback to the savepoint would undo it.
      if (wanted !== patience) texts.push(`set local lock_timeout = ${wanted}`);
      return texts;
    };
    for (const work of worksAhead(deeds.slice(index), begun, isFirst)) {
      scope.begin(before(), { savepoint: null });
      const late = await runAhead(work, running, outcomes.length);
      if (late) return { outcomes: [late], isUndone: true };
      if (scope.hasTouched) {
        patience = wanted;
        isOpen = false;
      }
    }
    scope.begin(before(), { savepoint: isFirst ? null : SAVEPOINT });
    const outcome = await outcomeOf(deed, running);
    if (scope.hasTouched) patience = wanted;
    isOpen ||= scope.hasSavepoint;
    if ('error' in outcome) {
      if (outcome.error instanceof AloneError) throw new TogetherError(1, outcome.error);
      const way = scope.wayBack;
      const mustWait = outcome.error instanceof NotYetError || isLockTimeout(outcome.error);
      if (way === 'transaction') {
        if (!isFirst) throw new TogetherError(outcomes.length, outcome.error);
        await undo(tx);
        return { outcomes: [outcome], isUndone: true };
      }
      if (way === 'savepoint') await scope.send([ROLL_BACK]);
      // Statements of the deed that were still under way have failed by now.
      scope.dropDeed();
      if (mustWait) {
        if (isFirst) outcomes.push(outcome);
        break;
      }
    } else {
      scope.keepDeed();
      gotLocks(lane);
    }
    outcomes.push(outcome);
    LATER.add(tx);
  }
  return { outcomes, isUndone: false };
}

/** The number of deeds of each lane. */
function countLanes(deeds: readonly LaneDeed[]): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { lane } of deeds) counts.set(lane, (counts.get(lane) ?? 0) + 1);
  return counts;
}

/** The most needs of other deeds. Deeds whose needs are left out do their own work. */
const MAX_NEEDS = 10_000;

/**
 * The works ahead of some deeds that have not begun yet. Ahead of the first deed of a transaction
 * there is only its own work, because the deed may still have to wait for a lock.
 */
function worksAhead(
  deeds: readonly LaneDeed[],
  begun: Set<AheadWork<never>>,
  isFirst: boolean,
): Deed<void>[] {
  const works = deeds.map(({ ahead }) => ahead?.work).slice(0, isFirst ? 1 : undefined);
  const found: Deed<void>[] = [];
  for (const work of works) {
    if (!work || begun.has(work)) continue;
    begun.add(work);
    const of = deeds.filter(({ ahead }) => ahead?.work === work);
    // A deed alone does its own work.
    if (of.length === 1) continue;
    const own = isFirst ? (deeds[0]?.ahead?.needs ?? []) : [];
    const others = of
      .slice(isFirst ? 1 : 0)
      .flatMap(({ ahead }) => ahead?.needs ?? [])
      .slice(0, MAX_NEEDS);
    found.push((tx) => work.run(tx, own as never[], others as never[]));
  }
  return found;
}

/**
 * Runs the work ahead of the next deed.
 * @param done the number of deeds before it
 * @returns the outcome of the deed if its wait for a lock was too long; the transaction is undone
 * @throws TogetherError when the work cannot be done; a deed alone has none
 */
async function runAhead(
  work: Deed<void>,
  running: Running,
  done: number,
): Promise<Outcome | undefined> {
  const outcome = await outcomeOf(work, running);
  if ('error' in outcome) {
    if (done > 0 || !isLockTimeout(outcome.error)) {
      throw new TogetherError(Math.max(done, 1), outcome.error);
    }
    await undo(running.tx);
    return outcome;
  }
  running.scope.keepDeed();
  return undefined;
}

/** @throws an error of the whole transaction. An error of the deed itself is its outcome. */
async function outcomeOf(deed: Deed<unknown>, { tx, scope }: Running): Promise<Outcome> {
  try {
    const value = await deed(tx);
    await scope.settle();
    return { value };
  } catch (error) {
    // The statements under way may have failed first, and have made this one fail.
    const cause = await scope.settle().then(
      () => error,
      (first: unknown) => first,
    );
    if (isOutage(cause) || isRetryable(cause)) throw cause;
    return { error: cause };
  }
}

const SAVEPOINT = 'savepoint deed';
const ROLL_BACK = 'rollback to savepoint deed';
const RELEASE = 'release savepoint deed';
