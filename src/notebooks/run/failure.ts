import type { CellScript } from './cell-script.ts';
import { DEFAULT_CELL_MS } from './engine-messages.ts';
import type { Failure, FailureCause } from './outcome.ts';

/** What an error of the guest's says. */
export interface Thrown {
  readonly name: string;
  readonly message: string;
  readonly stack: string | null;
}

/** A step that a client does not have. */
export interface Missed {
  /** How far the client goes: `client.Accounts.AccountSid(…)`. */
  readonly step: string;
  readonly name: string;
}

/** How engines word that something is not there. */
const NOT_THERE = /cannot read propert|not a function|is not an? |of undefined/;

const CAUSES: Readonly<Record<string, FailureCause>> = {
  AssertionError: 'assertion',
  LimitError: 'limit',
  NetworkError: 'network',
  RamlError: 'network',
  UnansweredError: 'unanswered',
};

/** The engine's own words for its limits, whatever error it makes of them, and ours. */
const LIMITS: Readonly<Record<string, string>> = {
  interrupted: 'The cell was stopped, as it took too long.',
  'stack overflow': 'The cell calls too deep: a function calls itself without an end.',
  'out of memory': 'The cell needs more memory than a notebook may have.',
  'string too long': 'The cell makes a text that is longer than a text may be.',
};

/**
 * Says why a cell failed, and on which of its lines.
 * @param file the name that the cell was evaluated by
 * @param columnAt where in the cell's own line a place of what was evaluated is
 * @param tried the cell's source, and what it looked for behind a client last
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

/** Says what a client does not have, where the line that failed names it. */
function missingIn(
  line: string | null | undefined,
  { missed }: { readonly missed: Missed | null },
): string | null {
  if (!missed || !line?.includes(missed.name)) return null;
  return `${missed.step} has no ${missed.name}`;
}

/** What a cell is told that is no code. */
export function unreadable(error: NonNullable<CellScript['error']>, file: string): Thrown {
  const { message, line, column } = error;
  return { name: 'SyntaxError', message, stack: `    at ${file}:${line}:${column}` };
}

/** What a cell is told that did not end in time. */
export function tooLong(limit_ms: number): Thrown {
  const advice =
    limit_ms < DEFAULT_CELL_MS ? '' : ' Give it more with timeout(ms), or stop it from looping.';
  const message = `The cell did not end within ${limit_ms} ms.${advice}`;
  return { name: 'LimitError', message, stack: null };
}

/** The uppermost place of a stack that lies in the cell: `at f (cell-1.js:2:5)`. */
function placeIn(stack: string | null, file: string) {
  const at = stack?.indexOf(`${file}:`) ?? -1;
  if (stack === null || at === -1) return null;
  const [, line, column] = /^(\d{1,9}):(\d{1,9})/.exec(stack.slice(at + file.length + 1)) ?? [];
  return Number(line) > 0 ? { line: Number(line), column: Number(column) } : null;
}

/** Without the lines of the sandbox's own scripts. */
function ownLines(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => !line.includes('tieline:') && !line.includes('at host (native)'))
    .join('\n')
    .trimEnd();
}
