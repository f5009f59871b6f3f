import type { EpochMs } from './columns.ts';

/** A snapshot of a development database's world. Snapshots are not part of a world themselves. */
export interface SnapshotsTable {
  name: string;
  /** The last migration that the rows have had. */
  schema: string;
  /** The number of rows in the snapshot. */
  rows: number;
  /** Their compressed size. */
  bytes: number;
  /** The rows: gzipped JSON lines, in base64. */
  content: string;
  /** The time of its creation, in real time. */
  date_created: EpochMs;
}

export interface SettingsTable {
  name: string;
  value: string;
}
