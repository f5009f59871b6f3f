import type { HostCall } from './bridge.ts';
import type { Failure, OutputLine, Value } from './outcome.ts';

/** What the host and the worker that runs the engine say to each other. */
export type ToWorker = BeginMessage | CellMessage;
export type FromWorker = { readonly type: 'ready' } | HostCall | CellEndMessage | DeathMessage;

interface BeginMessage {
  readonly type: 'begin';
  readonly bridge: SharedArrayBuffer;
  readonly guest: GuestScripts;
  /** Addresses without a scheme are relative to this. */
  readonly base_url: string;
}

/** The scripts of `guest/`, as text: they run inside the sandbox. */
export interface GuestScripts {
  readonly values: string;
  readonly globals: string;
  readonly client: string;
  readonly cells: string;
}

export interface CellMessage {
  readonly type: 'cell';
  readonly index: number;
  readonly source: string;
  readonly timeout_ms: number;
}

interface CellEndMessage extends CellEnd {
  readonly type: 'end';
}

/** What came of a cell, as the engine knows it; the host adds the requests. */
export interface CellEnd {
  readonly value: Value | null;
  readonly failure: Failure | null;
  readonly lines: readonly OutputLine[];
}

/** The engine itself broke; nothing that it held is left. */
interface DeathMessage {
  readonly type: 'died';
  readonly message: string;
}

/** The longest that a cell may ask for with `timeout(ms)`, or with `timeout(Infinity)`. */
export const MAX_CELL_MS = 15 * 60_000;
/** How long a cell may run unless it, or whoever runs it, says otherwise. */
export const DEFAULT_CELL_MS = 60_000;
