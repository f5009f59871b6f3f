/** Snapshots and faults, by the field names of the control API. */

export interface Snapshot {
  readonly name: string;
  readonly date_created: string;
  readonly rows: number;
  readonly bytes: number;
}

export interface NewFault {
  /** A method and a path with stars, or its parts; everything, if it is left out. */
  readonly match?: string | { readonly method?: FaultMethod; readonly path?: string };
  readonly status?: number;
  /** Milliseconds, or text as `2s`. */
  readonly delay?: number | string;
  /** Cuts the connection, before anything is done or after it was. */
  readonly cut?: 'before' | 'after';
  readonly times?: number;
  readonly probability?: number;
  readonly seed?: number;
}

export type FaultMethod = 'GET' | 'POST' | 'DELETE';

export interface Fault {
  readonly id: string;
  readonly match: { readonly method: string | null; readonly path: string | null };
  readonly status: number | null;
  readonly delay: number;
  readonly cut: 'before' | 'after' | null;
  readonly times: number | null;
  readonly probability: number;
  readonly seed: number;
  readonly matched: number;
  readonly struck: number;
}
