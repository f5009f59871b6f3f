import { renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError } from '../../config.ts';
import { makeFolder } from '../../kit/make-folder.ts';
import type { Run } from '../../notebooks/report/report.ts';

/** Loads the code of a report only when that report is wanted. */
const WRITERS = {
  junit: async (run: Run) =>
    (await import('../../notebooks/report/report-junit.ts')).junitReport(run),
  json: async (run: Run) => (await import('../../notebooks/report/report-json.ts')).jsonReport(run),
  html: async (run: Run) => (await import('../../notebooks/report/report-html.ts')).htmlReport(run),
  tap: async (run: Run) => (await import('../../notebooks/report/report-tap.ts')).tapReport(run),
  har: async (run: Run) => (await import('../../notebooks/report/report-har.ts')).harReport(run),
} as const;

type Format = keyof typeof WRITERS;
const FORMATS = Object.keys(WRITERS) as Format[];

export interface ReportTarget {
  readonly format: Format;
  /** A path; null for standard output. */
  readonly file: string | null;
}

/**
 * Reads `--report FORMAT=FILE`, several of them separated by commas.
 * @throws ConfigError for an unknown format, and when two reports have the same file
 */
export function readReportTargets(
  written: readonly string[],
  notebooks: readonly string[],
): ReportTarget[] {
  const targets = written.flatMap((text) => text.split(/,(?=[a-z]+=)/).map(targetOf));
  const taken = new Map(notebooks.map((file) => [resolve(file), 'the notebook itself']));
  for (const { format, file } of targets) {
    const place = file === null ? '-' : resolve(file);
    const other = taken.get(place);
    if (other !== undefined) {
      throw new ConfigError(
        `--report ${format}=${file ?? '-'} would write over ${other}: name another file.`,
      );
    }
    taken.set(place, `the report ${format}`);
  }
  return targets;
}

function targetOf(text: string): ReportTarget {
  const [, name = '', file = ''] = /^([^=]*)=(.*)$/s.exec(text) ?? [];
  const format = FORMATS.find((known) => known === name);
  if (!format || file === '') {
    throw new ConfigError(
      `--report takes FORMAT=FILE, such as junit=report.xml, with one of ${FORMATS.join(', ')}; not "${text}".`,
    );
  }
  if (file !== '-' && statSync(file, { throwIfNoEntry: false })?.isDirectory()) {
    throw new ConfigError(`--report ${text} names a folder: name a file in it.`);
  }
  return { format, file: file === '-' ? null : file };
}

/**
 * Writes the reports of a run. A file appears complete or not at all. Missing folders are made.
 * @returns a sentence for each report that could not be written
 */
export async function writeReports(run: Run, targets: readonly ReportTarget[]): Promise<string[]> {
  const failures: string[] = [];
  for (const { format, file } of targets) {
    try {
      const text = await WRITERS[format](run);
      if (file === null) process.stdout.write(text);
      else writeWhole(file, text);
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      failures.push(
        `The ${format} report could not be written to ${file ?? 'standard output'} (${code ?? message}): ` +
          `name a file that this user may write with --report ${format}=FILE.`,
      );
    }
  }
  return failures;
}

function writeWhole(file: string, text: string): void {
  makeFolder(dirname(file));
  const there = statSync(file, { throwIfNoEntry: false });
  if (there && !there.isFile()) {
    // A device or a pipe must not be replaced by a file.
    writeFileSync(file, text);
    return;
  }
  const partial = `${file}.${process.pid}.partial`;
  try {
    writeFileSync(partial, text);
    renameSync(partial, file);
  } finally {
    rmSync(partial, { force: true });
  }
}
