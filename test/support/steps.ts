import { type ChildProcess, spawn } from 'node:child_process';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readlinkSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/**
 * The steps of `npm test` and `npm run check`. Each is a process, and prints its name at its end.
 */

/** The error of a failed step, which has printed its reason already. Its message names the step. */
export class StopError extends Error {}

interface Surroundings {
  readonly env?: NodeJS.ProcessEnv;
  /** The time without output after which the step is ended. */
  readonly silence_ms?: number;
  /** Receives the output of the step. Without it, the output is printed. */
  readonly hear?: (said: string) => void;
}

/** Runs a step, and passes on signals that end it. */
export async function run(
  name: string,
  program: string,
  parameters: string[],
  { env = process.env, hear, silence_ms }: Surroundings = {},
): Promise<void> {
  const started = Date.now();
  const output = hear ? 'pipe' : 'inherit';
  const child = spawn(program, parameters, { stdio: ['ignore', output, output], env });
  const silence = endWhenSilent(child, silence_ms);
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (said: string) => {
      silence?.refresh();
      hear?.(said);
    });
  }
  const pass = (signal: NodeJS.Signals) => void child.kill(signal);
  process.on('SIGINT', pass).on('SIGTERM', pass);
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject).once('close', resolve);
  });
  process.off('SIGINT', pass).off('SIGTERM', pass);
  clearTimeout(silence);
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  if (status !== 0) {
    console.error(`✖ ${name} failed`);
    process.exitCode = 1;
    throw new StopError(`${name} failed`);
  }
  console.log(`✔ ${name} (${seconds} s)`);
}

/** The time that a process has for its last words. */
const LAST_WORDS_MS = 15_000;

/** Ends a process that has printed nothing for a time. */
function endWhenSilent(child: ChildProcess, silence_ms?: number): NodeJS.Timeout | undefined {
  if (silence_ms === undefined) return undefined;
  return setTimeout(() => {
    child.kill('SIGTERM');
    const kill = setTimeout(() => child.kill('SIGKILL'), LAST_WORDS_MS);
    child.once('close', () => clearTimeout(kill));
  }, silence_ms);
}

/** One step: its name, its program and the program's parameters. */
type Step = readonly [string, string, string[]];

/**
 * Two rows of steps that take about as long. `tsc` would start four checkers of types, and each
 * would read the libraries anew, so it is told to start one. The linter takes the other core.
 */
const STATIC_CHECKS: readonly (readonly Step[])[] = [
  [
    ['types', 'tsc', ['--checkers', '1']],
    ['types of what runs in browsers', 'tsc', ['-p', 'src/notebooks/browser']],
    ['types of the sandbox of notebooks', 'tsc', ['-p', 'src/notebooks/guest']],
  ],
  [
    ['lint', 'oxlint', ['--type-aware', 'src', 'test', 'bench', 'scripts']],
    ['format', 'biome', ['check', '.']],
    ['exports that nobody imports, and files', 'knip', ['--no-progress']],
  ],
];

/** The checks that do not run the product. The first that fails in a row ends the row. */
export async function runStaticChecks(): Promise<void> {
  const rows = STATIC_CHECKS.map(async (steps) => {
    for (const [name, program, parameters] of steps) await run(name, program, parameters);
  });
  const failed = (await Promise.allSettled(rows)).find(({ status }) => status === 'rejected');
  if (failed?.status === 'rejected') throw failed.reason;
}

/**
 * The number of parts at a time on two cores: a part waits more than half of its time for databases,
 * browsers and timers.
 */
export const LANES = 6;
/** Each part gets one file of this many that remain, so the last parts are small. */
const SHARE = 4;
/** The fewest files of a part, because every process first loads the whole product. */
const SMALLEST_PART = 15;

/**
 * Deals files into parts that become smaller, so that neither lane waits long for the other at
 * the end. Each part has files from all over the alphabet, since neighbours take as long.
 */
export function dealFiles(files: readonly string[]): string[][] {
  const parts: string[][] = [];
  for (let left = [...files]; left.length > 0; ) {
    const size = Math.max(Math.ceil(left.length / SHARE), SMALLEST_PART);
    const every = Math.max(1, Math.floor(left.length / size));
    const part = left.filter((_, index) => index % every === 0).slice(0, size);
    parts.push(part);
    left = left.filter((file) => !part.includes(file));
  }
  return parts;
}

/** The reporter's list of failed tests, or the last lines of a process that ended before it. */
function findFailures(said: string): string {
  const start = Math.max(said.indexOf('failing tests:'), said.indexOf('✖ ended early'));
  return start < 0 ? said.slice(-LAST_WORDS) : said.slice(start);
}

/** The most characters shown of a part that ended without a list of failed tests. */
const LAST_WORDS = 4000;

export const RUNNER: readonly string[] = ['--test', '--test-isolation=none'];
/** A part that prints nothing for this time hangs. Its longest test takes less than half of it. */
const SILENCE_MS = 12 * 60_000;
/** The program that runs the files of one part. */
const PART = join(import.meta.dirname, '..', 'run-part.ts');

/** The compile cache that the processes share, because each of them loads the whole product. */
const NODE_COMPILE_CACHE = join(tmpdir(), 'node-compile-cache');

/**
 * Runs the parts in order, each in a process. A part is silent until it has ended. A signal ends
 * the running parts, and no part starts after it. A part that hangs is ended, says where, and counts
 * as failed.
 */
export async function runParts(
  parts: readonly string[][],
  own: NodeJS.ProcessEnv,
  { silence_ms = SILENCE_MS } = {},
): Promise<void> {
  const env = { NODE_COMPILE_CACHE, ...own };
  const failures: unknown[] = [];
  const failed: string[] = [];
  let next = 0;
  const ending = new AbortController();
  const end = () => ending.abort();
  const lane = async () => {
    for (let files = parts[next]; files && !ending.signal.aborted; files = parts[next]) {
      next += 1;
      const name = `tests, part ${next} of ${parts.length}`;
      const words: string[] = [];
      const hear = (said: string) => void words.push(said);
      const surroundings = { env, hear, silence_ms };
      await run(name, process.execPath, [PART, ...files], surroundings).catch((error: unknown) => {
        failures.push(error);
        failed.push(`✖ ${name}: ${files.join(' ')}\n${findFailures(words.join(''))}`);
      });
      console.log(words.join(''));
    }
  };
  process.on('SIGINT', end).on('SIGTERM', end);
  await Promise.all(Array.from({ length: LANES }, lane));
  process.off('SIGINT', end).off('SIGTERM', end);
  if (ending.signal.aborted) {
    console.error(`✖ ended by a signal: ${parts.length - next} parts did not start`);
    process.exitCode = 1;
    throw new StopError('the run was ended by a signal');
  }
  if (failures.length > 0) {
    console.error(`\nAll failures of this run:\n\n${failed.join('\n')}`);
    throw failures[0];
  }
}

/** A folder in memory, in which syncing a file takes no time. */
const IN_MEMORY = '/dev/shm';
/** The room that the folder must have for the databases of all lanes. */
const ROOM_BYTES = 2 ** 30;

/**
 * A folder for the tests' SQLite files and for the PostgreSQL server, in memory if there is room.
 * The user of the server may pass through it. Its name has the process that owns it. A process that
 * was killed leaves its folder, and the next run removes it.
 */
export function makeDataFolder(): { readonly path: string; readonly remove: () => void } {
  for (const place of [IN_MEMORY, tmpdir()]) removeAbandoned(place);
  const place = hasRoom(IN_MEMORY) ? IN_MEMORY : tmpdir();
  const path = mkdtempSync(join(place, `${ownPrefix()}${process.pid}-`));
  chmodSync(path, 0o711);
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** The start of a folder's name: process ids are only known within one namespace of them. */
function ownPrefix(): string {
  try {
    return `tieline-tests-${readlinkSync('/proc/self/ns/pid').replaceAll(/\D/g, '')}-`;
  } catch {
    return 'tieline-tests-0-';
  }
}

/** Removes the folders of processes that have ended. */
export function removeAbandoned(place: string): void {
  const prefix = ownPrefix();
  const names = existsSync(place) ? readdirSync(place) : [];
  for (const name of names.filter((one) => one.startsWith(prefix))) {
    const owner = /^\d+(?=-)/.exec(name.slice(prefix.length));
    if (!owner || isAlive(Number(owner[0]))) continue;
    rmSync(join(place, name), { recursive: true, force: true });
  }
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return (error as NodeJS.ErrnoException).code !== 'ESRCH';
  }
}

function hasRoom(folder: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(folder);
    return bavail * bsize > ROOM_BYTES;
  } catch {
    return false;
  }
}
