import { writeXml, type XmlElement } from '../../http/answers/xml.ts';
import { iso8601 } from '../../kit/utc.ts';
import type { Failure } from '../run/outcome.ts';
import {
  type CellRun,
  cellLabel,
  cellRuns,
  type FileRun,
  failureLine,
  failureText,
  followsText,
  lastRequest,
  type Run,
} from './report.ts';
import { exchangeText } from './report-text.ts';

/** Characters that XML 1.0 does not allow. A visible mark replaces them. */
const NOT_XML = /[^\t\n\r\u{20}-\u{D7FF}\u{E000}-\u{FFFD}\u{10000}-\u{10FFFF}]/gu;

/**
 * Writes a run as JUnit's XML. A notebook is a `testsuite` and a cell a `testcase`. A failed
 * assertion is a `failure` and any other error an `error`. A cell that failed because of an earlier
 * cell is `skipped`.
 */
export function junitReport({ files, duration_ms }: Run): string {
  const suites = files.map(suiteOf);
  const sum = (name: string) =>
    `${suites.reduce((total, { attributes }) => total + Number(attributes?.[name]), 0)}`;
  return `${writeXml({
    name: 'testsuites',
    attributes: {
      name: 'tieline notebook run',
      tests: sum('tests'),
      failures: sum('failures'),
      errors: sum('errors'),
      skipped: sum('skipped'),
      time: seconds(duration_ms),
    },
    children: suites,
  })}\n`;
}

function suiteOf(file: FileRun): XmlElement {
  const cells = cellRuns(file);
  const children = cells.map((_, at) => caseOf(file, cells, at));
  const count = (name: string) =>
    `${children.filter((test) => test.children?.some((child) => child.name === name)).length}`;
  return {
    name: 'testsuite',
    attributes: {
      name: readable(file.file),
      tests: `${cells.length}`,
      failures: count('failure'),
      errors: count('error'),
      skipped: count('skipped'),
      time: seconds(file.duration_ms),
      timestamp: iso8601(file.started_at),
    },
    children,
  };
}

function caseOf(file: FileRun, cells: readonly CellRun[], at: number): XmlElement {
  const cell = cells[at] as CellRun;
  const { outcome, skipped } = cell;
  const children: XmlElement[] = [];
  const reason = skipped ?? followsText(cell);
  if (reason !== null) {
    children.push({ name: 'skipped', attributes: { message: readable(reason) } });
  } else if (outcome?.failure) children.push(failureOf(file, cells, at, outcome.failure));
  const said = outcome?.lines.map(({ level, text }) => `${level}: ${text}`).join('\n') ?? '';
  if (said !== '') children.push({ name: 'system-out', text: readable(said) });
  return {
    name: 'testcase',
    attributes: {
      name: readable(cellLabel(cell)),
      classname: readable(file.file),
      file: readable(file.file),
      line: `${cell.line}`,
      time: seconds(outcome?.duration_ms ?? 0),
    },
    children,
  };
}

function failureOf(
  { file }: FileRun,
  cells: readonly CellRun[],
  at: number,
  failure: Failure,
): XmlElement {
  const cell = cells[at] as CellRun;
  const last = lastRequest(cells, at);
  const lines = [
    failureText(failure),
    `at ${file}:${failureLine(cell, failure)}`,
    ...(last ? exchangeText(last.request) : []),
  ];
  return {
    name: failure.cause === 'assertion' ? 'failure' : 'error',
    attributes: { message: readable(failure.message), type: readable(failure.name) },
    text: readable(lines.join('\n')),
  };
}

function readable(text: string): string {
  return text.replaceAll(NOT_XML, '\u{FFFD}');
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(3);
}
