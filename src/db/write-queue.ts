import { CompiledQuery, type ControlledTransaction, type Kysely } from 'kysely';
import { unavailable } from '../kit/api-error.ts';
import type { Log } from '../kit/log.ts';
import { isOutage, isRetryable } from './db-error.ts';
import { runNow } from './sqlite.ts';
import type { Tables } from './tables.ts';

/** A transaction that is open. Only the write queue makes one. */
export type Tx = ControlledTransaction<Tables>;

/** What to do in a transaction. It may run again, so it must leave no trace outside of `tx`. */
export type Deed<T> = (tx: Tx) => Promise<T>;

/** Deeds in one commit. More would only make the first of them wait. */
const MAX_BATCH = 256;
/** Deeds that may wait. Past it the server is overloaded, and says so at once. */
const MAX_QUEUED = 10_000;
/** How often a batch is run again after a deadlock or a serialization failure. */
const MAX_ATTEMPTS = 5;

interface Job {
  readonly deed: Deed<unknown>;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: unknown) => void;
}

type Outcome = { readonly value: unknown } | { readonly error: unknown };

/**
 * Makes the writes of concurrent requests share a commit.
 *
 * The cast: `write` puts a deed into the queue; one flush at a time takes what has gathered,
 * runs the deeds one after the other in one transaction, each behind a savepoint, commits, and
 * only then answers every caller. While a flush runs, the next batch forms by itself, so an
 * idle server commits a lone deed at once and a busy one commits hundreds together.
 *
 * The promises: nothing is answered before its commit is durable. Deeds run in the order in
 * which they were queued, and each sees what the ones before it did, so a write queued after a
 * revoke finds the grant gone. A deed that throws is undone alone; its neighbours commit.
 *
 * The limits: a deed must wait for nothing but its transaction, because the whole lane waits
 * with it. When the commit itself fails, every deed of the batch fails.
 */
export class WriteQueue {
  readonly #db: Kysely<Tables>;
  readonly #log: Log;
  #jobs: Job[] = [];
  #flushing: Promise<void> | null = null;

  constructor(db: Kysely<Tables>, log: Log) {
    this.#db = db;
    this.#log = log;
  }

  write<T>(deed: Deed<T>): Promise<T> {
    if (this.#jobs.length >= MAX_QUEUED) {
      return Promise.reject(unavailable('Too many writes are waiting; try again shortly'));
    }
    return new Promise<T>((resolve, reject) => {
      this.#jobs.push({ deed, resolve: resolve as Job['resolve'], reject });
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves when nothing is queued or running. */
  async idle(): Promise<void> {
    while (this.#flushing) await this.#flushing;
  }

  async #flush(): Promise<void> {
    // The requests that arrived in this turn of the event loop all get into the first batch.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#jobs.length > 0) {
      const batch = this.#jobs.slice(0, MAX_BATCH);
      this.#jobs = this.#jobs.slice(MAX_BATCH);
      await this.#commit(batch);
    }
    this.#flushing = null;
  }

  async #commit(batch: readonly Job[]): Promise<void> {
    for (let attempt = 1; ; attempt += 1) {
      try {
        const outcomes = await this.#run(batch);
        for (const [index, outcome] of outcomes.entries()) {
          const job = batch[index] as Job;
          if ('error' in outcome) job.reject(outcome.error);
          else job.resolve(outcome.value);
        }
        return;
      } catch (error) {
        if (isRetryable(error) && attempt < MAX_ATTEMPTS) continue;
        this.#log.error({ err: error, deeds: batch.length }, 'a commit failed');
        const answer = isOutage(error)
          ? unavailable('The database cannot take writes at the moment; try again shortly')
          : error;
        for (const job of batch) job.reject(answer);
        return;
      }
    }
  }

  async #run(batch: readonly Job[]): Promise<Outcome[]> {
    const tx: Tx = await this.#db.startTransaction().execute();
    try {
      const outcomes: Outcome[] = [];
      for (const job of batch) outcomes.push(await runBehindSavepoint(tx, job.deed));
      await tx.commit().execute();
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
async function runBehindSavepoint(tx: Tx, deed: Deed<unknown>): Promise<Outcome> {
  await execute(tx, SAVEPOINT);
  let outcome: Outcome;
  try {
    outcome = { value: await deed(tx) };
  } catch (error) {
    if (isOutage(error) || isRetryable(error)) throw error;
    await execute(tx, ROLL_BACK);
    outcome = { error };
  }
  await execute(tx, RELEASE);
  return outcome;
}

const SAVEPOINT = CompiledQuery.raw('savepoint deed');
const ROLL_BACK = CompiledQuery.raw('rollback to savepoint deed');
const RELEASE = CompiledQuery.raw('release savepoint deed');

async function execute(tx: Tx, query: CompiledQuery): Promise<void> {
  if (!runNow(tx, query.sql, [])) await tx.executeQuery(query);
}
