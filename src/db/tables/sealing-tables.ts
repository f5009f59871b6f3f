import type { EpochMs, Json } from './columns.ts';

/**
 * One row for each key that seals rows or that a process holds. It detects another key of the same
 * name.
 */
export interface SealingKeysTable {
  id: string;
  canary: string;
}

/** A single row: the key that seals, for all processes of the database. */
export interface SealingTable {
  name: string;
  key_id: string;
  /** The sealed secret from which other keys are derived; see `KeyRing.derive`. */
  origin: string;
}

/** The processes that may write. A key is introduced or removed only when all of them agree. */
export interface ProcessesTable {
  id: string;
  host: string;
  pid: number;
  /** The names of the keys on its ring, the newest first. */
  key_ids: Json;
  /** Its last sign of life, by the database's own clock. */
  date_seen: EpochMs;
}
