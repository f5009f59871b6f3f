import type { Failure, FailureCause, Outcome, RequestRecord } from '../run/outcome.ts';

/** The outcome of a run of notebooks, with secrets hidden. All reports are made from it. */
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
  /** The file name from the command line. */
  readonly file: string;
  readonly title: string | null;
  /** The SHA-256 of the file's bytes, in hex. */
  readonly sha256: string;
  /** Milliseconds since 1970. */
  readonly started_at: number;
  readonly duration_ms: number;
  /** Texts and cells in the order of the file. Cells that were not selected are left out. */
  readonly parts: readonly (TextPart | CellRun)[];
}

interface TextPart {
  readonly kind: 'text';
  readonly source: string;
}

export interface CellRun {
  readonly kind: 'code';
  /** The N of the cell's name `$N`. */
  readonly cell: number;
  readonly name: string | null;
  readonly source: string;
  /** The line of the file on which `source` begins. */
  readonly line: number;
  readonly outcome: Outcome | null;
  /** The reason why the cell did not run; null when it ran. */
  readonly skipped: string | null;
  /** The number of the cell whose failure caused this one; null when there is none. */
  readonly follows: number | null;
}

export interface Totals {
  readonly cells: number;
  readonly ok: number;
  readonly failed: number;
  /** The number of cells that failed because of an earlier failure. */
  readonly following: number;
  readonly skipped: number;
  readonly requests: number;
}

/** The exit codes of a run. The first failure decides. */
export const EXIT = {
  ok: 0,
  unwritten: 1,
  /** An unreadable notebook or description. All commands use this code for a wrong command line. */
  unreadable: 2,
  error: 3,
  assertion: 4,
  interrupted: 130,
} as const;

/** The selected cells of a file, whether they ran or not. */
export function cellRuns({ parts }: Pick<FileRun, 'parts'>): CellRun[] {
  return parts.filter((part) => part.kind === 'code');
}

/**
 * Counts cells and requests. A stopped cell counts as failed. A cell that failed because of another
 * cell counts separately.
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
 * The exit code of a run. The first failure of a notebook decides, because later failures often
 * follow from it. Of several notebooks the lowest code except 0 decides.
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
  assertion: 'an assertion failed',
  script: 'the code of the cell failed',
  network: 'a request could not be made',
  limit: 'the cell exceeded a limit',
  unanswered: 'a question has no answer',
};

/** The text for a cause. */
export function causeText(cause: FailureCause): string {
  return CAUSES[cause];
}

/** The label of a cell: `$10 create`. */
export function cellLabel({ cell, name }: Pick<CellRun, 'cell' | 'name'>): string {
  return name === null ? `$${cell}` : `$${cell} ${name}`;
}

/** The line of the file on which a cell failed; the cell's first line when that is unknown. */
export function failureLine({ line, source }: CellRun, failure: Failure): number {
  const within = failure.line !== null && failure.line <= source.split('\n').length;
  return line + (within && failure.line !== null ? failure.line - 1 : 0);
}

/** `AssertionError: expected 404 to equal 200` */
export function failureText({ name, message }: Failure): string {
  return message === '' ? name : `${name}: ${message}`;
}

/** `follows from $5: TypeError: …`, in one line; null when the failure has no earlier cause. */
export function followsText({ follows, outcome }: CellRun): string | null {
  if (follows === null) return null;
  const [first = ''] = outcome?.failure ? failureText(outcome.failure).split('\n', 1) : [];
  return `follows from $${follows}: ${first}`;
}

/**
 * The request that best explains the failure of cell `at`: the cell's last one. An assertion mostly
 * checks the response of an earlier cell, so without a request of its own the latest earlier one
 * counts.
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

/** The path of a request below its account; the whole address for a request to another API. */
export function shortUrl(url: string, base_url: string): string {
  const base = URL.parse(base_url)?.origin;
  if (base === undefined || !url.startsWith(`${base}/`)) return url;
  return url.slice(base.length).replace(/^\/2010-04-01\/Accounts\/AC[0-9a-f]{32}(?=\/)/, '');
}
