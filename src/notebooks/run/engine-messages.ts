import type { HostCall } from './bridge.ts';
import type { Failure, OutputLine, Value } from './outcome.ts';

/** The messages between the host and the worker that runs the engine. */
export type ToWorker = BeginMessage | CellMessage;
export type FromWorker = { readonly type: 'ready' } | HostCall | CellEndMessage | DeathMessage;

interface BeginMessage {
  readonly type: 'begin';
  readonly bridge: SharedArrayBuffer;
  readonly guest: GuestScripts;
  /** Relative addresses are resolved against this one. */
  readonly base_url: string;
}

/** The modules of `guest/`, as text: they run inside the sandbox. */
export interface GuestScripts {
  readonly json: string;
  readonly values: string;
  readonly globals: string;
  readonly urls: string;
  readonly requests: string;
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

/** The engine's part of a cell's outcome. The host adds the requests. */
export interface CellEnd {
  readonly value: Value | null;
  readonly failure: Failure | null;
  readonly lines: readonly OutputLine[];
}

/** The engine itself failed, and all values of the cells are lost. */
interface DeathMessage {
  readonly type: 'died';
  readonly message: string;
}

/** The longest time that a cell gets, even with `timeout(Infinity)`. */
export const MAX_CELL_MS = 15 * 60_000;
/** The time for a cell when neither the cell nor the user sets another. */
export const DEFAULT_CELL_MS = 60_000;
