import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { promisify } from 'node:util';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import type { NumberReport } from './others/with-number.ts';
import {
  JAVA,
  MAVEN,
  makeClasses,
  makeVenv,
  missingTools,
  type Program,
  PYTHON,
  startClass,
} from './programs.ts';
import { madeReady } from './run-program.ts';

const HERE = join(import.meta.dirname, 'others');
const WRAPPER = join(HERE, 'with-number.ts');
/** The longest run of a program, on a busy machine. */
const PATIENCE_MS = 120_000;

function python(file: string): Program {
  return {
    sdk: 'others-python',
    version: null,
    tools: [PYTHON],
    files: { 'requirements.txt': join(HERE, 'python', 'requirements.txt') },
    prepare: makeVenv,
    command: (folder) => [join(folder, 'venv/bin/python'), '-B', join(HERE, 'python', file)],
  };
}

const CAMEL: Program = {
  sdk: 'others-camel',
  version: null,
  tools: [JAVA, MAVEN],
  files: {
    'pom.xml': join(HERE, 'camel', 'pom.xml'),
    'Routes.java': join(HERE, 'camel', 'Routes.java'),
  },
  prepare: makeClasses,
  command: (folder) => startClass(folder, 'Routes'),
};

/** Runs a program by `tieline run`, with a number for it. */
async function run(program: Program): Promise<NumberReport> {
  const folder = await madeReady(program);
  using home = temporaryFolder();
  const report = home.at('report.json');
  const PATH = [dirname(process.execPath), process.env['PATH']].join(delimiter);
  const parameters = [PROGRAM, 'run', '--offline', '--', process.execPath, WRAPPER, report];
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...parameters, ...program.command(folder)],
    { cwd: home.path, env: { HOME: home.path, PATH, ...COMPILE_CACHE }, timeout: PATIENCE_MS },
  ).catch((error: { stdout: string; stderr: string }) => error);
  assert.ok(existsSync(report), `${stdout}\n${stderr}`);
  const outcome = JSON.parse(readFileSync(report, 'utf8')) as NumberReport;
  assert.equal(outcome.status, 0, stderr);
  return outcome;
}

/** The programs come from a registry. `npm test` says whether it reached one. */
const canRun = (program: Program) =>
  !!process.env['TEST_REGISTRY'] && missingTools(program).length === 0;

function whereItCan(program: Program, name: string, check: (report: NumberReport) => void): void {
  if (canRun(program)) test(name, async () => check(await run(program)));
}

suite("other people's programs, unmodified", () => {
  whereItCan(python('notify.py'), 'apprise and notifiers send and call', (report) => {
    assert.deepEqual(report.messages, [
      'outbound-api delivered Disk\r\nis 100 % full & more',
      'outbound-api delivered Disk\r\nis 100 % full & more',
      'outbound-api delivered Grüße 👍',
    ]);
    assert.deepEqual(report.calls, ['outbound-api completed']);
  });

  whereItCan(python('receive.py'), 'django-twilio lets in all that it is asked', (report) => {
    assert.deepEqual(report.printed, [
      '200 /call-status/',
      '200 /call/',
      '200 /recorded/',
      '200 /text-status/',
      '200 /text/',
    ]);
    assert.deepEqual(report.calls, ['outbound-api completed']);
    assert.deepEqual(report.messages.toSorted(), [
      'inbound received Ünï & co. = 100 %? 👍',
      'outbound-api delivered 1 + 1?',
      'outbound-reply delivered Thanks!',
    ]);
  });

  whereItCan(CAMEL, 'Apache Camel sends, calls and reads', (report) => {
    assert.deepEqual(report.printed, [
      'message By Camel',
      'call outbound-api',
      'that day 1',
      'the day before 0',
      'incoming-phone-number 1',
      'address 0',
      'application 0',
      'queue 0',
    ]);
    assert.deepEqual(report.messages, ['outbound-api delivered By Camel']);
    assert.deepEqual(report.calls, ['outbound-api completed']);
  });
});
