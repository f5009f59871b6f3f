import type { CellScript } from './cell-script.ts';
import { DEFAULT_CELL_MS } from './engine-messages.ts';
import type { Failure, FailureCause } from './outcome.ts';

/** An error of the guest, as text. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/** A failed lookup on a client: the client has no such step. */
export interface Missed {
  /** The last step that exists: `client.Accounts.AccountSid(…)`. */
  readonly step: string;
  readonly name: string;
}

/** The engine's messages for a missing property. */
const NOT_THERE = /cannot read propert|not a function|is not an? |of undefined/;

const CAUSES: Readonly<Record<string, FailureCause>> = {
  AssertionError: 'assertion',
  LimitError: 'limit',
  NetworkError: 'network',
  RamlError: 'network',
  UnansweredError: 'unanswered',
};

/** Our messages for the engine's limits, by the engine's messages. Its error types vary. */
const LIMITS: Readonly<Record<string, string>> = {
  interrupted: 'The cell was stopped because it took too long.',
  'stack overflow': 'The calls of the cell nest too deeply. Look for a function that calls itself.',
  'out of memory': 'The cell needs more memory than a notebook may have.',
  'string too long': 'The cell makes a string that is longer than the engine allows.',
};

/**
 * Explains why a cell failed, and on which of its lines.
 * @param file the file name under which the cell was evaluated
 * @param columnAt maps a place in the evaluated script to a column of the cell's line
 * @param tried the cell's source, and the last failed lookup on a client
 */
export function explainFailure(
  { name, message, stack }: Thrown,
  file: string,
  columnAt: CellScript['columnAt'],
  tried: { readonly source: string; readonly missed: Missed | null },
): Failure {
  const limit = LIMITS[message];
  const place = placeIn(stack, file);
  const line = place && tried.source.split('\n')[place.line - 1];
  const missing = name === 'TypeError' && NOT_THERE.test(message) ? missingIn(line, tried) : null;
  return {
    cause: limit === undefined ? (CAUSES[name] ?? 'script') : 'limit',
    name: limit === undefined ? name : 'LimitError',
    message: limit ?? missing ?? message,
    line: place?.line ?? null,
    column: place && columnAt(place.line, place.column),
    stack: stack === null ? null : ownLines(stack),
  };
}

/** Names the step that a client lacks, if the failed line mentions that step. */
function missingIn(
  line: string | null | undefined,
  { missed }: { readonly missed: Missed | null },
): string | null {
  if (!missed || !line?.includes(missed.name)) return null;
  return `${missed.step} has no ${missed.name}`;
}

/** The error of a cell with invalid syntax. */
export function unreadable(error: NonNullable<CellScript['error']>, file: string): Thrown {
  const { message, line, column } = error;
  return { name: 'SyntaxError', message, stack: `    at ${file}:${line}:${column}` };
}

/** The error of a cell that took too long. */
export function tooLong(limit_ms: number): Thrown {
  const advice =
    limit_ms < DEFAULT_CELL_MS
      ? ''
      : ' Allow more time with timeout(ms), or look for an endless loop.';
  const message = `The cell did not end within ${limit_ms} ms.${advice}`;
  return { name: 'LimitError', message, stack: null };
}

/** The topmost place in the stack that is in the cell: `at f (cell-1.js:2:5)`. */
function placeIn(stack: string | null, file: string) {
  const at = stack?.indexOf(`${file}:`) ?? -1;
  if (stack === null || at === -1) return null;
  const [, line, column] = /^(\d{1,9}):(\d{1,9})/.exec(stack.slice(at + file.length + 1)) ?? [];
  return Number(line) > 0 ? { line: Number(line), column: Number(column) } : null;
}

/** The stack without the lines of the sandbox's own scripts. */
function ownLines(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes('tieline:') && !line.includes('at host (native)'))
    .join('\n')
    .trimEnd();
}
