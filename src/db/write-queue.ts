import { unavailable, unconfirmed } from '../kit/api-error.ts';
import type { Log } from '../kit/log.ts';
import type { Ahead, Deed } from './database.ts';
import type { WriteWatch } from './database-metrics.ts';
import { isLockTimeout, isOutage, isRetryable } from './db-error.ts';
import { type Job, Lanes, pausing, type WriteQueueParts } from './lanes.ts';
import { type Run, runDeeds, TogetherError, UnconfirmedError } from './run-deeds.ts';
import { isFsyncFailure } from './sqlite-error.ts';

/** Deeds in one commit. More would only make the first of them wait. */
const MAX_BATCH = 256;
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
/**
 * While a transaction is younger than this, deeds wait for its end and then share the next one. Two
 * transactions beside each other cost more than one with the deeds of both.
 */
const YOUNG_MS = 25;
/** So many lanes do not wait: they fill a transaction of their own. */
const MANY_LANES = 64;

/** A transaction that runs longer than this hangs. */
const HANGING_MS = 5_000;

/**
 * Makes the writes of concurrent requests share a commit.
 *
 * How it works: `write` puts a deed into the lane of its main account. A flush takes the deeds that
 * wait in some lanes, runs them one after the other in one transaction, each behind a savepoint,
 * commits, and only then answers the callers. The next deeds gather while it runs. An idle server
 * therefore commits a single deed at once, and a busy server commits hundreds together. On
 * PostgreSQL several flushes run at the same time, each on its own connection and with its own
 * lanes.
 *
 * Its promises: no caller is answered before the commit is durable. The deeds of a lane run in the
 * order of their arrival, and each sees the changes of the deeds before it. A write that begins
 * after a revoke therefore sees the revoke. A deed that throws is undone alone; its neighbours
 * commit. Lanes take turns. A tenant that floods the queue therefore delays and displaces only its
 * own writes.
 *
 * Its limits: a deed must wait for its transaction only, because the lanes of its flush wait with
 * it. If the commit itself fails, every deed of the batch fails. After a deadlock all of them run
 * again, the first one alone. Deeds of different lanes meet as those of different processes do: in
 * the locks of the database.
 */
export class WriteQueue {
  readonly #run: Run;
  readonly #log: Log;
  readonly #jobs = new Lanes<Job>();
  /** Lanes whose wait for a lock failed, and that have not got the lock since. */
  readonly #locked = new Set<string>();
  /** Lanes with a deed in a transaction that runs now. */
  readonly #running = new Set<string>();
  /** Lanes without a turn until their time is over. */
  readonly #resting = new Set<string>();
  readonly #settle: () => Promise<void>;
  readonly #watch: WriteWatch;
  readonly #onDiskFailure: () => void;
  readonly #connections: number;
  readonly #flushing = new Set<Promise<void>>();
  /** Whether it looks again when no transaction is young. */
  #looksLater = false;
  /** The beginnings of the transactions that run now. */
  readonly #began = new Set<{ readonly at: number }>();

  constructor({ db, engine, connections, log, watch, onDisk, ...parts }: WriteQueueParts) {
    const { settle, isReadBeside, onDiskFailure = () => {} } = parts;
    this.#settle = settle;
    this.#log = log;
    this.#watch = watch;
    this.#run = {
      db,
      watch,
      onDisk,
      patienceOf: (lane, isFirst) =>
        engine === 'postgres' ? this.#patienceOf(lane, isFirst) : null,
      pause: engine === 'sqlite' && isReadBeside ? pausing(settle) : null,
      gotLocks: (lane) => void this.#locked.delete(lane),
    };
    this.#connections = connections;
    this.#onDiskFailure = onDiskFailure;
  }

  /** Whether a transaction has run so long that the database seems not to answer. */
  get hangs(): boolean {
    const now = performance.now();
    return [...this.#began].some(({ at }) => now - at > HANGING_MS);
  }

  /** The number of writes that wait for their turn. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /**
   * @param lane the SID of the main account whose turn it takes; without it, the product's own lane
   * @param ahead rows that it will lock and read, so that it shares this with other deeds
   */
  write<T>(deed: Deed<T>, lane = '', ahead?: Ahead): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const job: Job = { deed, lane, ahead, resolve: resolve as Job['resolve'], reject };
      this.#jobs.push({ lane, item: job });
      if (this.#jobs.length > MAX_QUEUED) {
        const tooMany = unavailable('Too many writes are waiting; try again shortly');
        const dropped = this.#jobs.dropNewestOf(SPARE_LANE) ?? this.#jobs.dropNewest(lane);
        dropped?.reject(tooMany);
        this.#watch.crowdedOut();
      }
      this.#wake();
    });
  }

  /** Resolves when nothing is queued or running. */
  async idle(): Promise<void> {
    while (this.#flushing.size > 0 || this.#jobs.length > 0) {
      const [running] = this.#flushing;
      await (running ?? new Promise((resolve) => setTimeout(resolve, HELD_LANE_MS)));
    }
  }

  /** Begins another flush when lanes wait for one and a connection is free. */
  #wake(): void {
    if (!this.#jobs.isReady || this.#flushing.size >= this.#connections) return;
    const wait = this.#youth;
    if (wait > 0 && this.#jobs.ready < MANY_LANES) {
      // One look is enough for all deeds that wait.
      if (this.#looksLater) return;
      this.#looksLater = true;
      setTimeout(() => {
        this.#looksLater = false;
        this.#wake();
      }, wait);
      return;
    }
    const flush = this.#flush().finally(() => {
      this.#flushing.delete(flush);
      // A write may have come since the flush looked for the last time.
      this.#wake();
    });
    this.#flushing.add(flush);
  }

  async #flush(): Promise<void> {
    for (;;) {
      // All requests of this turn of the event loop get into the batch, and reads go first.
      await this.#settle();
      if (!this.#jobs.isReady) return;
      const batch = this.#jobs.take(MAX_BATCH, this.#shareOfLanes());
      const lanes = new Set(batch.map(({ lane }) => lane));
      for (const lane of lanes) {
        this.#jobs.hold(lane);
        this.#running.add(lane);
      }
      // Other lanes may be left for a flush of their own.
      this.#wake();
      const began = { at: performance.now() };
      this.#began.add(began);
      const done = await this.#commit(batch.map(({ item }) => item));
      await this.#shortenLog();
      this.#began.delete(began);
      this.#jobs.giveBack(batch.slice(done));
      for (const lane of lanes) {
        this.#running.delete(lane);
        if (!this.#resting.has(lane)) this.#jobs.free(lane);
      }
    }
  }

  /** Brings SQLite's log into the data file when it is long. No deed runs meanwhile. */
  async #shortenLog(): Promise<void> {
    try {
      await this.#run.onDisk?.shorten();
    } catch (err) {
      this.#log.error({ err }, 'the log of the data file could not be shortened');
      if (isFsyncFailure(err)) this.#onDiskFailure();
    }
  }

  /** The time until no transaction is young, in milliseconds. */
  get #youth(): number {
    // A flush without a transaction is about to take what waits.
    if (this.#flushing.size > this.#began.size) return YOUNG_MS;
    const began = Math.max(...[...this.#began].map(({ at }) => at), Number.NEGATIVE_INFINITY);
    return began + YOUNG_MS - performance.now();
  }

  /** The lanes that a flush takes, so that every free connection gets many. */
  #shareOfLanes(): number {
    const free = this.#connections - this.#began.size;
    return Math.max(Math.ceil(this.#jobs.ready / Math.max(free, 1)), MANY_LANES);
  }

  /** Commits the first deeds of a batch, and answers them. @returns the number of these deeds */
  async #commit(batch: readonly Job[]): Promise<number> {
    let jobs = batch;
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcomes = await runDeeds(jobs, this.#run);
        for (const [index, outcome] of outcomes.entries()) {
          const job = jobs[index] as Job;
          if (!('error' in outcome)) job.resolve(outcome.value);
          // Only the first deed waits for a lock, and none runs after it in its transaction.
          else if (!isLockTimeout(outcome.error)) job.reject(outcome.error);
          else if (this.#waitsForLock(job, outcome.error)) return 0;
        }
        return outcomes.length;
      } catch (err) {
        if (err instanceof TogetherError) {
          jobs = jobs.slice(0, err.alone);
          attempt -= 1;
          continue;
        }
        const mayRepeat = isRetryable(err) || isLockTimeout(err);
        if (mayRepeat && attempt < MAX_ATTEMPTS) {
          jobs = jobs.slice(0, 1);
          this.#log.warn({ err, deeds: jobs.length }, 'a transaction is run again');
          this.#watch.repeated();
          continue;
        }
        const isLost = err instanceof UnconfirmedError;
        // Deeds that had not begun run in the next transaction.
        if (isLost) jobs = jobs.slice(0, err.begun);
        this.#log.error({ err, deeds: jobs.length }, 'a commit failed');
        this.#watch.failed(jobs.length);
        if (isFsyncFailure(err)) this.#onDiskFailure();
        if (isLost && isFsyncFailure(err.cause)) this.#onDiskFailure();
        const answer = isLost
          ? unconfirmed()
          : isOutage(err) || mayRepeat
            ? unavailable('The database cannot take writes at the moment; try again shortly')
            : err;
        for (const job of jobs) job.reject(answer);
        return jobs.length;
      }
    }
  }

  /**
   * Holds the lane of a deed that did not get its lock, while the other lanes go on.
   * @returns whether the deed stays the first of its lane: it has not waited too long
   */
  #waitsForLock(job: Job, err: unknown): boolean {
    const { lane } = job;
    this.#locked.add(lane);
    job.waits_since ??= performance.now();
    const isTooLong = performance.now() - job.waits_since > MAX_LOCK_WAIT_MS;
    if (isTooLong) {
      this.#log.warn({ err, lane }, 'a write waited for a lock in vain');
      job.reject(unavailable('Another change to this account takes too long; try again shortly'));
    }
    this.#resting.add(lane);
    const free = () => {
      this.#resting.delete(lane);
      // A flush that still runs has the lane, and frees it at its end.
      if (!this.#running.has(lane)) this.#jobs.free(lane);
      this.#wake();
    };
    setTimeout(free, HELD_LANE_MS);
    return !isTooLong;
  }

  /** The time that a deed may wait for a lock. */
  #patienceOf(lane: string, isFirst: boolean): number {
    if (this.#locked.has(lane)) return AGAIN_LOCK_MS;
    return isFirst ? FIRST_LOCK_MS : LATER_LOCK_MS;
  }
}
