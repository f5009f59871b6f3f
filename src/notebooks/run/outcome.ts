/** What came of a cell: shown by the console, told by the command line, written into reports. */
export interface Outcome {
  /** The cell's place among the cells of code. */
  readonly cell: number;
  readonly state: OutcomeState;
  /** What the cell came to, settled where it was a promise; null when it failed. */
  readonly value: Value | null;
  readonly failure: Failure | null;
  /** The requests of this cell, in their order. */
  readonly requests: readonly RequestRecord[];
  /** What the cell said by `console`, and what was to be noticed about it. */
  readonly lines: readonly OutputLine[];
  readonly duration_ms: number;
}

/** `stopped`: by whoever runs it, or with the engine, which is then gone. */
type OutcomeState = 'ok' | 'failed' | 'stopped';

/** Why a cell failed. */
export interface Failure {
  readonly cause: FailureCause;
  /** The name of the error: `AssertionError`, `TypeError`. */
  readonly name: string;
  readonly message: string;
  /** The line of the cell's source that it happened on, from 1; null where none is known. */
  readonly line: number | null;
  /** The column of that line, from 1; null where none is known. */
  readonly column: number | null;
  readonly stack: string | null;
}

/**
 * `assertion`: an error named `AssertionError`; `unanswered`: a question that nobody answered;
 * `limit`: time, memory, recursion or requests; `network`: what could not be reached or may not;
 * `script`: anything else that the code threw.
 */
export type FailureCause = 'assertion' | 'script' | 'network' | 'limit' | 'unanswered';

export interface OutputLine {
  readonly level: 'log' | 'info' | 'warn' | 'error' | 'notice';
  readonly text: string;
}

/** One request, as it went out; secrets are not in it. */
export interface RequestRecord {
  readonly method: string;
  readonly url: string;
  /** Without `Authorization`. */
  readonly headers: readonly (readonly [name: string, value: string])[];
  readonly body: string | null;
  /** The user name that it was sent with; null without credentials. */
  readonly username: string | null;
  readonly response: ResponseRecord | null;
  /** Why there is no response. */
  readonly error: string | null;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
}

interface ResponseRecord {
  readonly status: number;
  readonly headers: readonly (readonly [name: string, value: string])[];
  /** The beginning, where it is long. */
  readonly body: string;
  /** Of the whole body. */
  readonly body_length: number;
}

/** A value of the guest's, as a tree that can be shown, and no more. */
export type Value =
  | { readonly kind: 'plain'; readonly type: PlainType; readonly text: string }
  | { readonly kind: 'string'; readonly text: string; readonly length: number }
  | { readonly kind: 'function'; readonly text: string; readonly entries: readonly Entry[] }
  | {
      readonly kind: 'object' | 'array' | 'error';
      /** The name of its constructor, or what an error says. */
      readonly text: string;
      readonly entries: readonly Entry[];
      /** How many entries were left out. */
      readonly more: number;
      readonly length: number;
    }
  /** Something that contains itself, or is too deep to be shown. */
  | { readonly kind: 'cut'; readonly text: string };

type PlainType = 'undefined' | 'null' | 'boolean' | 'number' | 'bigint' | 'symbol' | 'accessor';

export interface Entry {
  readonly key: string;
  readonly value: Value;
}

/** Something that a cell asks whoever runs it. */
export type Question =
  | { readonly kind: 'prompt'; readonly message: string; readonly suggestion: string | null }
  | { readonly kind: 'confirm'; readonly message: string }
  | { readonly kind: 'alert'; readonly message: string };

/** `prompt`: the text, or null when it was cancelled; `confirm`: yes or no; `alert`: null. */
export type Answer = string | boolean | null;
