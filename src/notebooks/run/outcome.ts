/** The outcome of a cell, for the console, the command line and reports. */
export interface Outcome {
  /** The cell's number among the code cells. */
  readonly cell: number;
  readonly state: OutcomeState;
  /** The cell's value, or the result of a promise; null when the cell failed. */
  readonly value: Value | null;
  readonly failure: Failure | null;
  /** The requests of this cell, in order. */
  readonly requests: readonly RequestRecord[];
  /** The cell's output to `console`, and notices about the cell. */
  readonly lines: readonly OutputLine[];
  readonly duration_ms: number;
}

/** `stopped`: the user or an engine failure stopped the cell, and the engine has ended. */
type OutcomeState = 'ok' | 'failed' | 'stopped';

/** Why a cell failed. */
export interface Failure {
  readonly cause: FailureCause;
  /** The name of the error: `AssertionError`, `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** The line of the cell's source, from 1; null when unknown. */
  readonly line: number | null;
  /** The column in the line, from 1; null when unknown. */
  readonly column: number | null;
  readonly stack: string | null;
}

/**
 * The causes of failures:
 * - `assertion`: an error named `AssertionError`
 * - `unanswered`: a question without an answer
 * - `limit`: the limit of time, memory or recursion
 * - `network`: a request that failed or is not allowed
 * - `script`: any other error of the code
 */
export type FailureCause = 'assertion' | 'script' | 'network' | 'limit' | 'unanswered';

export interface OutputLine {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'notice';
  readonly text: string;
}

/** One sent request, without secrets. */
export interface RequestRecord {
  readonly method: string;
  readonly url: string;
  /** The headers without `Authorization`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  /** The user name of the credentials; null without credentials. */
  readonly username: string | null;
  readonly response: ResponseRecord | null;
  /** The reason why there is no response; null when there is one. */
  readonly error: string | null;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
}

interface ResponseRecord {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The body. A long body is cut. */
  readonly body: string;
  /** The length of the whole body. */
  readonly body_length: number;
}

/** A value of the guest as a tree of plain data, only for showing. */
export type Value =
  | { readonly kind: 'plain'; readonly type: PlainType; readonly text: string }
  | { readonly kind: 'string'; readonly text: string; readonly length: number }
  | { readonly kind: 'function'; readonly text: string; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'object' | 'array' | 'error';
      /** The name of the constructor, or the message of an error. */
      readonly text: string;
      readonly entries: readonly Entry[];
      /** The number of entries that were left out. */
      readonly more: number;
      readonly length: number;
    }
  /** A value that contains itself or is nested too deeply to show. */
  | { readonly kind: 'cut'; readonly text: string };

type PlainType = 'undefined' | 'null' | 'boolean' | 'number' | 'bigint' | 'symbol' | 'accessor';

export interface Entry {
  readonly key: string;
  readonly value: Value;
}

/** A question of a cell to the user. */
export type Question =
  | { readonly kind: 'prompt'; readonly message: string; readonly suggestion: string | null }
  | { readonly kind: 'confirm'; readonly message: string }
  | { readonly kind: 'alert'; readonly message: string };

/** For `prompt` a text, or null after a cancel; for `confirm` yes or no; for `alert` null. */
export type Answer = string | boolean | null;
