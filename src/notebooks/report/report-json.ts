import { iso8601 } from '../../kit/utc.ts';
import { preview } from './preview.ts';
import { type CellRun, cellRuns, type Run, totalsOf } from './report.ts';

/** The version of the format. It changes when programs that read the reports must change. */
export const JSON_REPORT_VERSION = 1;

/**
 * Writes a run as JSON: `{format, version, tieline_version, base_url, account_sid, started_at,
 * duration_ms, exit_code, totals, notebooks}`. Each notebook has its `file`, `title`, `sha256`,
 * `totals` and `cells`. Each cell has its `state` (`ok`, `failed`, `stopped`, `skipped`), its value
 * as a tree (`value`) and as one line (`preview`), and in `follows` the number of the cell whose
 * failure caused its own.
 */
export function jsonReport(run: Run): string {
  const { files, started_at, version, ...rest } = run;
  const report = {
    format: 'tieline-notebook-run',
    version: JSON_REPORT_VERSION,
    tieline_version: version,
    ...rest,
    started_at: iso8601(started_at),
    totals: totalsOf(files),
    notebooks: files.map((file) => ({
      file: file.file,
      title: file.title,
      sha256: file.sha256,
      started_at: iso8601(file.started_at),
      duration_ms: file.duration_ms,
      totals: totalsOf([file]),
      cells: cellRuns(file).map(cellOf),
    })),
  };
  return `${JSON.stringify(report, null, 2)}\n`;
}

function cellOf({ cell, name, line, source, outcome, skipped, follows }: CellRun) {
  return {
    cell,
    name,
    line,
    source,
    state: outcome?.state ?? 'skipped',
    skipped,
    follows,
    duration_ms: outcome?.duration_ms ?? null,
    failure: outcome?.failure ?? null,
    preview: outcome?.value ? preview(outcome.value) : null,
    value: outcome?.value ?? null,
    lines: outcome?.lines ?? [],
    requests: (outcome?.requests ?? []).map(({ started_at, ...request }) => ({
      ...request,
      started_at: new Date(started_at).toISOString(),
    })),
  };
}
