import { stringify } from 'yaml';
import { preview } from './preview.ts';
import {
  type CellRun,
  causeText,
  cellLabel,
  cellRuns,
  failureLine,
  followsText,
  lastRequest,
  type Run,
} from './report.ts';
import { bodyText } from './report-text.ts';

/** Writes a run in TAP 14, with one test point for each cell of all notebooks. */
export function tapReport({ files }: Run): string {
  const points = files.flatMap((file) => {
    const cells = cellRuns(file);
    return cells.map((_, at) => ({ file: file.file, cells, at }));
  });
  const lines = points.flatMap(({ file, cells, at }, place) => pointOf(file, cells, at, place + 1));
  return `${['TAP version 14', `1..${points.length}`, ...lines].join('\n')}\n`;
}

function pointOf(
  file: string,
  cells: readonly CellRun[],
  at: number,
  number: number,
): readonly string[] {
  const cell = cells[at] as CellRun;
  const { outcome, skipped } = cell;
  const what = described(`${file} ${cellLabel(cell)}`);
  const follows = followsText(cell);
  if (follows !== null) return [`ok ${number} - ${what} # SKIP ${described(follows)}`];
  if (!outcome) return [`ok ${number} - ${what} # SKIP ${described(skipped ?? 'not run')}`];
  const comments = outcome.lines.flatMap(({ text }) =>
    text.split(/\r?\n/).map((one) => `# ${one}`),
  );
  if (outcome.state === 'ok') return [`ok ${number} - ${what}`, ...comments];
  return [`not ok ${number} - ${what}`, ...diagnosis(file, cells, at), ...comments];
}

function diagnosis(file: string, cells: readonly CellRun[], at: number): string[] {
  const cell = cells[at] as CellRun;
  const { outcome } = cell;
  const failure = outcome?.failure;
  const last = lastRequest(cells, at);
  const told = {
    message: failure?.message ?? 'The cell was stopped.',
    severity: 'fail',
    ...(failure && {
      type: failure.name,
      cause: causeText(failure.cause),
      at: { file, line: failureLine(cell, failure) },
    }),
    duration_ms: Math.round(outcome?.duration_ms ?? 0),
    ...(outcome?.value && { value: preview(outcome.value) }),
    ...(last && {
      request: {
        cell: `$${last.cell.cell}`,
        method: last.request.method,
        url: last.request.url,
        body: last.request.body,
        status: last.request.response?.status ?? null,
        error: last.request.error,
        response: last.request.response && bodyText(last.request.response.body),
      },
    }),
  };
  const yaml = stringify(told, { lineWidth: 0 }).trimEnd().split('\n');
  return ['  ---', ...yaml.map((line) => `  ${line}`), '  ...'];
}

/** Escapes a description, in which a number sign would begin a directive. */
function described(text: string): string {
  return text.replaceAll(/[\p{Cc}\s]+/gu, ' ').replaceAll(/[\\#]/g, String.raw`\$&`);
}
