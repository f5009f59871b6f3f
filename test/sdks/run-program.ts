import { execFile } from 'node:child_process';
import { hash } from 'node:crypto';
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { delimiter, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { COMPILE_CACHE, PROGRAM } from '../support/program/program.ts';
import type { Program } from './programs.ts';
import type { ScenarioReport } from './with-scenario.ts';

/** The longest run of a program, on a busy machine. */
const PATIENCE_MS = 240_000;

const WRAPPER = join(import.meta.dirname, 'with-scenario.ts');

/**
 * The folder of prepared programs, outside of the checkout and for all checkouts of a user.
 * Downloads and compiled files stay until a lock file or a source changes.
 */
const CACHE = join(process.env['XDG_CACHE_HOME'] ?? join(homedir(), '.cache'), 'tieline-sdks');

/**
 * Prepares the folder of a program. Runs that prepare the same program do not disturb each other.
 */
export async function madeReady({ sdk, files, prepare }: Program): Promise<string> {
  if (!prepare) return CACHE;
  const texts = Object.entries(files).map(
    ([name, file]) => `${name}\n${readFileSync(file, 'utf8')}`,
  );
  const name = sdk.replaceAll(/\W+/g, '-').toLowerCase();
  const folder = join(CACHE, `${name}-${hash('sha256', texts.join('\n')).slice(0, 16)}`);
  if (existsSync(folder)) return folder;
  mkdirSync(CACHE, { recursive: true });
  const unfinished = mkdtempSync(join(CACHE, 'unfinished-'));
  try {
    for (const [target, file] of Object.entries(files)) cpSync(file, join(unfinished, target));
    await prepare(unfinished);
    if (!existsSync(folder)) renameSync(unfinished, folder);
  } finally {
    rmSync(unfinished, { recursive: true, force: true });
  }
  return folder;
}

export interface Outcome {
  readonly report: ScenarioReport;
  /** The whole output, for the analysis of a failure. */
  readonly printed: string;
}

/**
 * Runs a program through the scenario by `tieline run`.
 * @param home a folder in place of the user's home, for the CA
 * @throws Error with the whole output, when the scenario left no report
 */
export async function runProgram(program: Program, home: string): Promise<Outcome> {
  const folder = await madeReady(program);
  const report = join(mkdtempSync(join(home, 'report-')), 'report.json');
  const PATH = [
    ...(program.path ? [program.path(folder)] : []),
    dirname(process.execPath),
    process.env['PATH'],
  ].join(delimiter);
  const parameters = [PROGRAM, 'run', '--', process.execPath, WRAPPER, report];
  const env = { HOME: home, PATH, ...COMPILE_CACHE };
  const options = { cwd: home, env, timeout: PATIENCE_MS };
  const { stdout, stderr } = await promisify(execFile)(
    process.execPath,
    [...parameters, ...program.command(folder)],
    options,
  ).catch((error: { stdout: string; stderr: string }) => error);
  const printed = `${stdout}\n${stderr}`;
  if (!existsSync(report)) throw new Error(`${program.sdk} was not run: ${printed}`);
  return { report: JSON.parse(readFileSync(report, 'utf8')) as ScenarioReport, printed };
}
