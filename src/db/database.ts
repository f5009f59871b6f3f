import type { ControlledTransaction, Kysely } from 'kysely';
import type { Tables } from './tables/tables.ts';

/** The database, or the transaction of a deed. Stores read from either. */
export type Db = Kysely<Tables>;

/** An open transaction. Only the write queue begins one. */
export type Tx = ControlledTransaction<Tables>;

/**
 * A change in a transaction. It may run a second time, so it must leave no trace outside of `tx`.
 */
export type Deed<T> = (tx: Tx) => Promise<T>;

/**
 * Work that is done once for many deeds of a transaction, before the first of them runs: it locks
 * and reads their rows in sets. A deed must do the same without it, because the work may be left out
 * and need not find everything.
 */
export interface AheadWork<Need> {
  /**
   * @param first the needs of the first deed of the transaction, and none otherwise. Only for them
   *   may it wait for a lock; the locks for the others it takes if they are free.
   */
  readonly run: (tx: Tx, first: readonly Need[], others: readonly Need[]) => Promise<void>;
}

/** The needs of one deed. */
export interface Ahead {
  readonly work: AheadWork<never>;
  readonly needs: readonly unknown[];
}

export type Engine = 'sqlite' | 'postgres';

export interface Database {
  readonly engine: Engine;
  readonly db: Db;
  /** Opened for reading only; `write` then fails. */
  readonly readonly: boolean;
  /** The only way to change data (`write-queue.ts`). */
  write<T>(deed: Deed<T>, lane?: string, ahead?: Ahead): Promise<T>;
  /** Whether writes hang: a transaction has run for longer than any should. */
  readonly writesHang: () => boolean;
  /** Whether the data file is undamaged; always true without a file. */
  readonly isWhole: () => boolean;
  /** The number of writes that wait for their turn. */
  readonly waiting: () => number;
  /** Waits until no write runs or waits. */
  readonly idle: () => Promise<void>;
  readonly connections: () => Connections;
  /** The size of the data. */
  readonly sizeBytes: () => Promise<number>;
  /** Waits for the writes under way, then closes. */
  close(): Promise<void>;
}

/** Connections to the engine, and the number of callers that wait for one. */
export interface Connections {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}
