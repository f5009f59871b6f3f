import type { EpochMs } from './columns.ts';

/** A snapshot of a development database's world. Snapshots are not part of a world themselves. */
export interface SnapshotsTable {
  name: string;
  /** The last migration that the rows have had. */
  schema: string;
  /** How many rows it keeps. */
  rows: number;
  /** Their compressed size. */
  bytes: number;
  /** The rows: gzipped JSON lines, in base64. */
  content: string;
  /** In real time. */
  date_created: EpochMs;
}
