import { CompiledQuery, type Kysely } from 'kysely';
import { unavailable } from '../kit/api-error.ts';
import type { Log } from '../kit/log.ts';
import { finishCommit } from './at-commit.ts';
import type { Deed, Tx } from './database.ts';
import type { WriteWatch } from './database-metrics.ts';
import { isLockTimeout, isOutage, isRetryable } from './db-error.ts';
import { Lanes } from './lanes.ts';
import { isFsyncFailure, runNow } from './sqlite.ts';
import type { Tables } from './tables/tables.ts';

/** Deeds in one commit. More would only make the first of them wait. */
const MAX_BATCH = 256;
/** After so long a batch commits, and the deeds that it has not begun are in the next one. */
const MAX_BATCH_MS = 1_000;
/** Deeds that may wait. Past it the server is overloaded, and says so at once. */
const MAX_QUEUED = 10_000;
/** How often a deed is run after deadlocks and serialization failures. */
const MAX_ATTEMPTS = 5;

/** How long the first deed of a transaction waits for a lock that another process holds. */
const FIRST_LOCK_MS = 2_000;
/** The same for a later deed, which makes those before it wait for their commit. */
const LATER_LOCK_MS = 250;
/** The same for a lane that waited in vain a moment ago. */
const AGAIN_LOCK_MS = 50;
/** So long a lane has no turn after it waited in vain. */
const HELD_LANE_MS = 250;
/** A deed that waits for a lock for longer is refused, and its caller may try again. */
const MAX_LOCK_WAIT_MS = 5_000;
/** A transaction that runs for longer than this is one that hangs. */
const HANGING_MS = 5_000;

interface Job {
  readonly deed: Deed<unknown>;
  readonly lane: string;
  /** When it first waited for a lock in vain. */
  waits_since?: number;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/** Thrown by a deed that has to wait for what it cannot wait for now: see `mayWait`. */
export class NotYetError extends Error {}

/** Transactions in which a deed has run before. */
const LATER = new WeakSet<Tx>();

/**
 * Whether the deed that runs in this transaction is its first, and may wait for a lock. Another
 * one that waits, with all that the deeds before it have locked, can meet a process that does the
 * opposite. It throws a `NotYetError` instead: what was done before it commits, and it is run
 * again as the first of the next transaction.
 */
export function mayWait(tx: Tx): boolean {
  return !LATER.has(tx);
}

/**
 * Makes the writes of concurrent requests share a commit.
 *
 * The cast: `write` puts a deed into the queue; one flush at a time takes what has gathered,
 * runs the deeds one after the other in one transaction, each behind a savepoint, commits, and
 * only then answers every caller. While a flush runs, the next batch forms by itself, so an
 * idle server commits a lone deed at once and a busy one commits hundreds together.
 *
 * The promises: nothing is answered before its commit is durable. Deeds run one after the
 * other, and each sees what the ones before it did, so a write begun after a revoke finds the grant
 * gone. A deed that throws is undone alone; its neighbours commit. Lanes, one for each main
 * account, have their turn one after the other, so that a tenant which floods the queue
 * delays and crowds out itself.
 *
 * The limits: a deed must wait for nothing but its transaction, because the whole lane waits
 * with it. When the commit itself fails, every deed of the batch fails; after a deadlock they are
 * run again, the first of them alone.
 */
export class WriteQueue {
  readonly #db: Kysely<Tables>;
  readonly #log: Log;
  readonly #jobs = new Lanes<Job>();
  /** Lanes that waited for a lock in vain, and did not get it since. */
  readonly #locked = new Set<string>();
  readonly #hasLocks: boolean;
  readonly #watch: WriteWatch;
  readonly #onDiskFailure: () => void;
  #flushing: Promise<void> | null = null;
  #began: number | null = null;

  /**
   * @param engine SQLite has one writer, and so no lock that another one could hold
   * @param onDiskFailure hears that what was committed may not be on the disk
   */
  constructor(
    db: Kysely<Tables>,
    engine: 'sqlite' | 'postgres',
    log: Log,
    watch: WriteWatch,
    onDiskFailure: () => void = () => {},
  ) {
    this.#db = db;
    this.#log = log;
    this.#watch = watch;
    this.#hasLocks = engine === 'postgres';
    this.#onDiskFailure = onDiskFailure;
  }

  /** Whether a transaction runs for so long that the database does not seem to answer it. */
  get hangs(): boolean {
    return this.#began !== null && performance.now() - this.#began > HANGING_MS;
  }

  /** How many writes wait for their turn. */
  get waiting(): number {
    return this.#jobs.length;
  }

  /** @param lane whose turn it takes: a main account's SID; the product's own unless given */
  write<T>(deed: Deed<T>, lane = ''): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      const job: Job = { deed, lane, resolve: resolve as Job['resolve'], reject };
      this.#jobs.push({ lane, item: job });
      if (this.#jobs.length > MAX_QUEUED) {
        const tooMany = unavailable('Too many writes are waiting; try again shortly');
        this.#jobs.dropNewest(lane)?.reject(tooMany);
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
    // The requests that arrived in this turn of the event loop all get into the first batch.
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

  /** Commits the first deeds of a batch, and answers them. @returns how many. */
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
   * Lets the lane of a deed that did not get its lock wait while the others go on. The deed is the
   * lane's next one again, unless it has waited too long.
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

  /** How long a deed may wait for a lock. */
  #patienceOf(lane: string, isFirst: boolean): number {
    if (this.#locked.has(lane)) return AGAIN_LOCK_MS;
    return isFirst ? FIRST_LOCK_MS : LATER_LOCK_MS;
  }

  /** @returns what became of the first deeds, up to one that has to wait for their commit. */
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
        // Before the savepoint, as a rollback to it would take the setting back.
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
      // A connection that broke cannot roll back; the engine has then done so itself.
      if (!tx.isCommitted && !tx.isRolledBack)
        await tx
          .rollback()
          .execute()
          .catch(() => {});
      throw error;
    }
  }
}

/** @throws what fails the whole transaction; a deed's own error is an outcome. */
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

/** Runs statements without parameters; PostgreSQL takes them all in one round trip. */
async function execute(tx: Tx, texts: readonly string[]): Promise<void> {
  const isDone = texts.every((text) => runNow(tx, text, []) !== null);
  if (!isDone) await tx.executeQuery(CompiledQuery.raw(texts.join('; ')));
}
