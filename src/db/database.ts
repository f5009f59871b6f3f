import type { ControlledTransaction, Kysely } from 'kysely';
import type { Tables } from './tables/tables.ts';

/** What a store reads from: the database, or the transaction that a deed runs in. */
export type Db = Kysely<Tables>;

/** A transaction that is open. Only the write queue makes one. */
export type Tx = ControlledTransaction<Tables>;

/** What to do in a transaction. It may run again, so it must leave no trace outside of `tx`. */
export type Deed<T> = (tx: Tx) => Promise<T>;

export type Engine = 'sqlite' | 'postgres';

export interface Database {
  readonly engine: Engine;
  readonly db: Db;
  /** Opened for reading only; `write` then fails. */
  readonly readonly: boolean;
  /** The one way to change anything (`write-queue.ts`). */
  write<T>(deed: Deed<T>, lane?: string): Promise<T>;
  /** Whether writes hang: a transaction has run for longer than any should. */
  readonly writesHang: () => boolean;
  /** Whether the data file is what it was made as; always, where there is none. */
  readonly isWhole: () => boolean;
  /** How many writes wait for their turn. */
  readonly waiting: () => number;
  readonly connections: () => Connections;
  /** How much room the data takes. */
  readonly sizeBytes: () => Promise<number>;
  /** Waits for the writes under way, then closes. */
  close(): Promise<void>;
}

/** Connections to the engine, and how many wait for one. */
export interface Connections {
  readonly used: number;
  readonly idle: number;
  readonly waiting: number;
}
