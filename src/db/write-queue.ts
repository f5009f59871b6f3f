import { CompiledQuery, type Kysely } from 'kysely';
import { unavailable } from '../kit/api-error.ts';
import type { Log } from '../kit/log.ts';
import { finishCommit } from './at-commit.ts';
import type { Deed, Engine, Tx } from './database.ts';
import type { WriteWatch } from './database-metrics.ts';
import { isLockTimeout, isOutage, isRetryable } from './db-error.ts';
import { Lanes } from './lanes.ts';
import { isFsyncFailure, runNow } from './sqlite.ts';
import type { Tables } from './tables/tables.ts';

/** Deeds in one commit. More would only make the first of them wait. */
const MAX_BATCH = 256;
/** After this time a batch commits. Deeds that have not begun go into the next batch. */
const MAX_BATCH_MS = 1_000;
/** The most deeds that may wait. Beyond it the server refuses at once, because it is overloaded. */
const MAX_QUEUED = 10_000;
/**
 * The lane of writes that nobody waits for and that come again, such as the time of a last use. They
 * are the first to be dropped when too many writes wait.
 */
export const SPARE_LANE = 'spare';
/** The most attempts at a deed after deadlocks and serialization failures. */
const MAX_ATTEMPTS = 5;

/** The time that the first deed of a transaction waits for a lock of another process. */
const FIRST_LOCK_MS = 2_000;
/** The same for a later deed: the deeds before it wait for their commit meanwhile. */
const LATER_LOCK_MS = 250;
/** The same for a lane whose last wait failed. */
const AGAIN_LOCK_MS = 50;
/** The time without a turn for a lane whose wait failed. */
const HELD_LANE_MS = 250;
/** A deed that waits longer than this for a lock is refused, and its caller may try again. */
const MAX_LOCK_WAIT_MS = 5_000;
/** A transaction that runs longer than this hangs. */
const HANGING_MS = 5_000;

interface Job {
  readonly deed: Deed<unknown>;
  readonly lane: string;
  /** The time of its first failed wait for a lock. */
  waits_since?: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

interface WriteQueueParts {
  readonly db: Kysely<Tables>;
  /** SQLite has one writer, so no other process can hold a lock. */
  readonly engine: Engine;
  readonly log: Log;
  readonly watch: WriteWatch;
  /** Called when a commit may not have reached the disk. */
  readonly onDiskFailure?: (() => void) | undefined;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Thrown by a deed that needs a lock and may not wait for it: see `mayWait`. */
export class NotYetError extends Error {}

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
 * Makes the writes of concurrent requests share a commit.
 *
 * How it works: `write` puts a deed into the queue. One flush at a time takes the waiting deeds,
 * runs them one after the other in one transaction, each behind a savepoint, commits, and only then
 * answers the callers. The next batch forms while a flush runs. An idle server therefore commits a
 * single deed at once, and a busy server commits hundreds together.
 *
 * Its promises: no caller is answered before the commit is durable. Each deed sees the changes
 * of the deeds before it, so a write that begins after a revoke sees the revoke. A deed that throws
 * is undone alone; its neighbours commit. Each main account has a lane, and the lanes take turns. A
 * tenant that floods the queue therefore delays and displaces only its own writes.
 *
 * Its limits: a deed must wait for its transaction only, because the whole lane waits with it. If
 * the commit itself fails, every deed of the batch fails. After a deadlock all of them run again,
 * the first one alone.
 */
export class WriteQueue {
  readonly #db: Kysely<Tables>;
  readonly #log: Log;
  readonly #jobs = new Lanes<Job>();
  /** Lanes whose wait for a lock failed, and that have not got the lock since. */
  readonly #locked = new Set<string>();
  readonly #hasLocks: boolean;
  readonly #watch: WriteWatch;
  readonly #onDiskFailure: () => void;
  #flushing: Promise<void> | null = null;
  #began: number | null = null;

  constructor({ db, engine, log, watch, onDiskFailure = () => {} }: WriteQueueParts) {
    this.#db = db;
    this.#log = log;
    this.#watch = watch;
    this.#hasLocks = engine === 'postgres';
    this.#onDiskFailure = onDiskFailure;
  }

  /** Whether a transaction has run so long that the database seems not to answer. */
  get hangs(): boolean {
    return this.#began !== null && performance.now() - this.#began > HANGING_MS;
  }

  /** The number of writes that wait for their turn. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /**
   * @param lane the SID of the main account whose turn it takes; without it, the product's own lane
   */
  write<T>(deed: Deed<T>, lane = ''): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const job: Job = { deed, lane, resolve: resolve as Job['resolve'], reject };
      this.#jobs.push({ lane, item: job });
      if (this.#jobs.length > MAX_QUEUED) {
        const tooMany = unavailable('Too many writes are waiting; try again shortly');
        const dropped = this.#jobs.dropNewestOf(SPARE_LANE) ?? this.#jobs.dropNewest(lane);
        dropped?.reject(tooMany);
        this.#watch.crowdedOut();
      }
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves when nothing is queued or running. */
  async idle(): Promise<void> {
    while (this.#flushing || this.#jobs.length > 0) {
      await (this.#flushing ?? new Promise((resolve) => setTimeout(resolve, HELD_LANE_MS)));
    }
  }

  async #flush(): Promise<void> {
    // All requests of this turn of the event loop get into the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#jobs.isReady) {
      const batch = this.#jobs.take(MAX_BATCH);
      this.#began = performance.now();
      const done = await this.#commit(batch.map(({ item }) => item));
      this.#began = null;
      this.#jobs.giveBack(batch.slice(done));
    }
    this.#flushing = null;
  }

  /** Commits the first deeds of a batch, and answers them. @returns the number of these deeds */
  async #commit(batch: readonly Job[]): Promise<number> {
    for (let attempt = 1; ; attempt += 1) {
      const jobs = attempt === 1 ? batch : batch.slice(0, 1);
      try {
        const outcomes = await this.#run(jobs);
        for (const [index, outcome] of outcomes.entries()) {
          const job = jobs[index] as Job;
          if (!('error' in outcome)) job.resolve(outcome.value);
          else if (isLockTimeout(outcome.error)) this.#waitForLock(job, outcome.error);
          else job.reject(outcome.error);
        }
        return outcomes.length;
      } catch (err) {
        const mayRepeat = isRetryable(err) || isLockTimeout(err);
        if (mayRepeat && attempt < MAX_ATTEMPTS) {
          this.#log.warn({ err, deeds: jobs.length }, 'a transaction is run again');
          this.#watch.repeated();
          continue;
        }
        this.#log.error({ err, deeds: jobs.length }, 'a commit failed');
        this.#watch.failed(jobs.length);
        if (isFsyncFailure(err)) this.#onDiskFailure();
        const answer =
          isOutage(err) || mayRepeat
            ? unavailable('The database cannot take writes at the moment; try again shortly')
            : err;
        for (const job of jobs) job.reject(answer);
        return jobs.length;
      }
    }
  }

  /**
   * Holds the lane of a deed that did not get its lock, while the other lanes go on. The deed stays
   * the first of its lane, unless it has waited too long.
   */
  #waitForLock(job: Job, err: unknown): void {
    const { lane } = job;
    this.#locked.add(lane);
    job.waits_since ??= performance.now();
    if (performance.now() - job.waits_since > MAX_LOCK_WAIT_MS) {
      this.#log.warn({ err, lane }, 'a write waited for a lock in vain');
      job.reject(unavailable('Another change to this account takes too long; try again shortly'));
    } else {
      this.#jobs.giveBack([{ lane, item: job }]);
    }
    this.#jobs.hold(lane);
    const free = () => {
      this.#jobs.free(lane);
      if (this.#jobs.isReady) this.#flushing ??= this.#flush();
    };
    setTimeout(free, HELD_LANE_MS);
  }

  /** The time that a deed may wait for a lock. */
  #patienceOf(lane: string, isFirst: boolean): number {
    if (this.#locked.has(lane)) return AGAIN_LOCK_MS;
    return isFirst ? FIRST_LOCK_MS : LATER_LOCK_MS;
  }

  /** @returns the outcomes of the first deeds, up to one that must wait for their commit */
  async #run(jobs: readonly Job[]): Promise<Outcome[]> {
    const began = performance.now();
    const tx: Tx = await this.#db.startTransaction().execute();
    try {
      const outcomes: Outcome[] = [];
      const latest = performance.now() + MAX_BATCH_MS;
      let patience: number | null = null;
      for (const { deed, lane } of jobs) {
        const isFirst = outcomes.length === 0;
        if (!isFirst && performance.now() > latest) break;
        const before = isFirst ? [] : [RELEASE];
        const wanted = this.#hasLocks ? this.#patienceOf(lane, isFirst) : null;
        // The setting comes before the savepoint, because a rollback to the savepoint would undo it.
        if (wanted !== patience) before.push(`set local lock_timeout = ${wanted}`);
        patience = wanted;
        await execute(tx, [...before, SAVEPOINT]);
        const outcome = await outcomeOf(tx, deed);
        if ('error' in outcome) {
          await execute(tx, [ROLL_BACK]);
          const mustWait = outcome.error instanceof NotYetError || isLockTimeout(outcome.error);
          if (mustWait && !mayWait(tx)) break;
        } else {
          this.#locked.delete(lane);
        }
        outcomes.push(outcome);
        LATER.add(tx);
      }
      const ran = performance.now();
      await finishCommit(tx);
      await tx.commit().execute();
      const now = performance.now();
      const refused = outcomes.filter((outcome) => 'error' in outcome).length;
      this.#watch.committed(outcomes.length, refused, {
        whole_ms: now - began,
        commit_ms: now - ran,
      });
      return outcomes;
    } catch (error) {
      // A broken connection cannot roll back. The engine then does it by itself.
      if (!tx.isCommitted && !tx.isRolledBack)
        await tx
          .rollback()
          .execute()
          .catch(() => {});
      throw error;
    }
  }
}

/** @throws an error of the whole transaction. An error of the deed itself is its outcome. */
async function outcomeOf(tx: Tx, deed: Deed<unknown>): Promise<Outcome> {
  try {
    return { value: await deed(tx) };
  } catch (error) {
    if (isOutage(error) || isRetryable(error)) throw error;
    return { error };
  }
}

const SAVEPOINT = 'savepoint deed';
const ROLL_BACK = 'rollback to savepoint deed';
const RELEASE = 'release savepoint deed';

/** Runs statements without parameters. PostgreSQL takes all of them in one round trip. */
async function execute(tx: Tx, texts: readonly string[]): Promise<void> {
  const isDone = texts.every((text) => runNow(tx, text, []) !== null);
  if (!isDone) await tx.executeQuery(CompiledQuery.raw(texts.join('; ')));
}
