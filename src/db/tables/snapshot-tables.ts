import type { EpochMs } from './columns.ts';

/** A world of a development database, kept under a name. It belongs to none itself. */
export interface SnapshotsTable {
  name: string;
  /** The last migration that the rows have seen. */
  schema: string;
  /** How many rows it keeps. */
  rows: number;
  /** What they take, compressed. */
  bytes: number;
  /** The rows: gzipped JSON lines, in base64. */
  content: string;
  /** In real time. */
  date_created: EpochMs;
}
