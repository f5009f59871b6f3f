import type { Failure, FailureCause, Outcome, RequestRecord } from '../run/outcome.ts';

/** What came of a run of notebooks: the one source of every report, with secrets hidden. */
export interface Run {
  readonly base_url: string;
  readonly account_sid: string | null;
  /** The version of Tieline that ran them. */
  readonly version: string;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
  readonly exit_code: number;
  readonly files: readonly FileRun[];
}

export interface FileRun {
  /** As it was named. */
  readonly file: string;
  readonly title: string | null;
  /** Of the bytes of the file, in hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
  /** Text and cells in the order of the file; cells that were not chosen are left out. */
  readonly parts: readonly (TextPart | CellRun)[];
}

interface TextPart {
  readonly kind: 'text';
  readonly source: string;
}

export interface CellRun {
  readonly kind: 'code';
  /** The N of `$N`. */
  readonly cell: number;
  readonly name: string | null;
  readonly source: string;
  /** The line of the file that `source` begins on. */
  readonly line: number;
  readonly outcome: Outcome | null;
  /** Why there is no outcome: the cell was not run. */
  readonly skipped: string | null;
  /** The number of the cell whose failure this one follows from. */
  readonly follows: number | null;
}

export interface Totals {
  readonly cells: number;
  readonly ok: number;
  readonly failed: number;
  /** What failed because something before it had. */
  readonly following: number;
  readonly skipped: number;
  readonly requests: number;
}

/** The exit codes of a run, by what went wrong first. */
export const EXIT = {
  ok: 0,
  unwritten: 1,
  /** A notebook or a description; every command ends so where the command line is wrong. */
  unreadable: 2,
  error: 3,
  assertion: 4,
  interrupted: 130,
} as const;

/** The cells of a file that were run, or were to be run. */
export function cellRuns({ parts }: Pick<FileRun, 'parts'>): CellRun[] {
  return parts.filter((part) => part.kind === 'code');
}

/**
 * Counts cells and requests. A cell that was stopped counts as failed, and one whose failure follows
 * from another's does not.
 */
export function totalsOf(files: readonly Pick<FileRun, 'parts'>[]): Totals {
  const cells = files.flatMap(cellRuns);
  const outcomes = cells.flatMap(({ outcome }) => (outcome ? [outcome] : []));
  const ok = outcomes.filter(({ state }) => state === 'ok').length;
  const following = cells.filter(({ follows }) => follows !== null).length;
  return {
    cells: cells.length,
    ok,
    failed: outcomes.length - ok - following,
    following,
    skipped: cells.length - outcomes.length,
    requests: outcomes.reduce((sum, { requests }) => sum + requests.length, 0),
  };
}

/** `28 cells: 5 ok, 1 failed, 22 follow from that` */
export function totalsText({ cells, ok, failed, following, skipped, requests }: Totals): string {
  const parts = [
    `${ok} ok`,
    failed > 0 && `${failed} failed`,
    following > 0 && `${following} ${following === 1 ? 'follows' : 'follow'} from that`,
    skipped > 0 && `${skipped} skipped`,
  ];
  const asked = requests === 1 ? '1 request' : `${requests} requests`;
  return `${cells} ${cells === 1 ? 'cell' : 'cells'}: ${parts.filter(Boolean).join(', ')} (${asked})`;
}

/**
 * Says how a run ended. What goes wrong after the first failure of a notebook follows from it, so
 * that one decides; among several notebooks the lowest code does.
 */
export function exitCodeOf(files: readonly Pick<FileRun, 'parts'>[]): number {
  const codes = files.flatMap((file) => {
    const failed = cellRuns(file).find(({ outcome }) => outcome && outcome.state !== 'ok');
    return failed?.outcome ? [codeOf(failed.outcome.failure)] : [];
  });
  return codes.length === 0 ? EXIT.ok : Math.min(...codes);
}

function codeOf(failure: Failure | null): number {
  if (failure?.name === 'RamlError') return EXIT.unreadable;
  return failure?.cause === 'assertion' ? EXIT.assertion : EXIT.error;
}

const CAUSES: Readonly<Record<FailureCause, string>> = {
  assertion: 'an assertion does not hold',
  script: 'the code of the cell failed',
  network: 'a request could not be made',
  limit: 'the cell went beyond a limit',
  unanswered: 'nobody answered a question',
};

/** A cause in words. */
export function causeText(cause: FailureCause): string {
  return CAUSES[cause];
}

/** What a cell is called: `$10 create`. */
export function cellLabel({ cell, name }: Pick<CellRun, 'cell' | 'name'>): string {
  return name === null ? `$${cell}` : `$${cell} ${name}`;
}

/** The line of the file on which a cell failed; its first line where that is not known. */
export function failureLine({ line, source }: CellRun, failure: Failure): number {
  const within = failure.line !== null && failure.line <= source.split('\n').length;
  return line + (within && failure.line !== null ? failure.line - 1 : 0);
}

/** `AssertionError: expected 404 to equal 200` */
export function failureText({ name, message }: Failure): string {
  return message === '' ? name : `${name}: ${message}`;
}

/** `It follows from $5: TypeError: …`, in one line; null for a failure of the cell's own. */
export function followsText({ follows, outcome }: CellRun): string | null {
  if (follows === null) return null;
  const [first = ''] = outcome?.failure ? failureText(outcome.failure).split('\n', 1) : [];
  return `follows from $${follows}: ${first}`;
}

/**
 * The request that explains why cell `at` failed: its last. An assertion is mostly about what
 * a cell before it has asked for, so where it made none, theirs counts.
 */
export function lastRequest(
  cells: readonly CellRun[],
  at: number,
): { readonly request: RequestRecord; readonly cell: CellRun } | null {
  const isAssertion = cells[at]?.outcome?.failure?.cause === 'assertion';
  for (const cell of cells.slice(isAssertion ? 0 : at, at + 1).toReversed()) {
    const request = cell.outcome?.requests.at(-1);
    if (request) return { request, cell };
  }
  return null;
}

/** The path of a request below its account; the whole address where it is none of this API's. */
export function shortUrl(url: string, base_url: string): string {
  const base = URL.parse(base_url)?.origin;
  if (base === undefined || !url.startsWith(`${base}/`)) return url;
  return url.slice(base.length).replace(/^\/2010-04-01\/Accounts\/AC[0-9a-f]{32}(?=\/)/, '');
}
