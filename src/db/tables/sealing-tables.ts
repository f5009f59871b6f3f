import type { EpochMs, Json } from './columns.ts';

/**
 * One row for each key that seals something or that a process holds, by which another key of the
 * same name is told from it.
 */
export interface SealingKeysTable {
  id: string;
  canary: string;
}

/** One row: which key seals, for all processes of the database. */
export interface SealingTable {
  name: string;
  key_id: string;
  /** What the database's first key gives rise to, sealed; see `KeyRing.derive`. */
  origin: string;
}

/** The processes that may write, so that no key is taken into use or away which they need. */
export interface ProcessesTable {
  id: string;
  host: string;
  pid: number;
  /** The names of the keys on its ring, the newest first. */
  key_ids: Json;
  /** Its last sign of life, by the database's own clock. */
  date_seen: EpochMs;
}
