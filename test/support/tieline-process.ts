import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPILE_CACHE, PROGRAM } from './program/program.ts';
import { temporaryFolder } from './temporary-folder.ts';
import { basic, type Login } from './test-app.ts';

/** The longest wait for a process. After it, the test fails. */
const PATIENCE_MS = 60_000;

export interface Surroundings {
  /**
   * The folder in which the process runs. It keeps the development key of a PostgreSQL database.
   */
  readonly cwd: string;
  readonly env?: Readonly<Record<string, string>>;
  /** The command to run instead of this Node.js with the checkout's program. */
  readonly command?: readonly [string, ...string[]];
}

export interface Result {
  /** The exit status; null when a signal ended the process. */
  readonly status: number | null;
  readonly stdout: string;
  /** The standard error without the line that names the data. */
  readonly stderr: string;
  /** The data that the command names as its own. */
  readonly data: string | null;
}

/** A running `tieline serve`. The end of its scope kills it. */
export interface RunningTieline extends AsyncDisposable {
  readonly origin: string;
  readonly port: number;
  /** The developer account that the start printed. */
  readonly developer: Login;
  readonly stdout: () => string;
  readonly stderr: () => string;
  readonly fetch: (path: string, init?: RequestInit) => Promise<Response>;
  readonly signal: (name: NodeJS.Signals) => void;
  /** Waits for the end of the process, after the signal if one is given. */
  readonly end: (signal?: NodeJS.Signals) => Promise<Result>;
}

/** Runs a command to its end. */
export async function runTieline(parameters: readonly string[], at: Surroundings): Promise<Result> {
  const { child, ended } = launch(parameters, at);
  return bounded(ended, child, `tieline ${parameters.join(' ')} to end`);
}

/**
 * Makes data for commands to work on. Only `migrate` and servers make new data. Folders without
 * settings of their own get a copy of the first one's data, because a process takes much longer.
 */
export async function makeData(at: Surroundings): Promise<void> {
  if (at.env || at.command) return await migrate(at);
  example ??= makeExample();
  const { path } = await example;
  const isThere = readdirSync(path).some((name) => existsSync(join(at.cwd, name)));
  if (!isThere) cpSync(path, at.cwd, { recursive: true });
}

/** A folder with new data, made at most once in a process. */
let example: ReturnType<typeof makeExample> | undefined;

async function makeExample() {
  const folder = temporaryFolder();
  process.once('exit', () => folder[Symbol.dispose]());
  await migrate({ cwd: folder.path });
  return folder;
}

async function migrate(at: Surroundings): Promise<void> {
  const { status, stderr } = await runTieline(['migrate'], at);
  if (status !== 0) throw new Error(stderr);
}

/** Starts a server on a free port, and waits until it says that it serves. */
export async function startTieline(
  parameters: readonly string[],
  at: Surroundings,
): Promise<RunningTieline> {
  const { child, ended, stdout, stderr } = launch(['serve', '--port', '0', ...parameters], at);
  const firstWords = new Promise<void>((resolve, reject) => {
    child.stdout.on('data', () => stdout().includes('\n') && resolve());
    void ended.then(({ status, stderr: why }) => reject(new Error(`It ended: ${status} ${why}`)));
  });
  await bounded(firstWords, child, 'the server to start');
  const port = Number(/^Tieline serves http:\/\/localhost:(\d+)/.exec(stdout())?.[1]);
  const origin = `http://localhost:${port}`;
  const [, username = '', password = ''] =
    /Developer account +(AC\w{32}) +auth token (\w+)/.exec(stdout()) ?? [];
  const developer = { username, password };
  return {
    origin,
    port,
    developer,
    stdout,
    stderr,
    fetch: (path, init = {}) =>
      fetch(origin + path, { headers: { authorization: basic(developer) }, ...init }),
    signal: (name) => void child.kill(name),
    end: (name) => {
      if (name) child.kill(name);
      return bounded(ended, child, 'the server to end');
    },
    async [Symbol.asyncDispose]() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}

/** A process with only those variables of the tests' environment that programs need to run. */
function launch(parameters: readonly string[], { cwd, env, command }: Surroundings) {
  const [program, ...before] = command ?? [process.execPath, PROGRAM];
  const { HOME = cwd, PATH = '' } = process.env;
  const child = spawn(program, [...before, ...parameters], {
    cwd,
    env: { HOME, PATH: `${dirname(process.execPath)}:${PATH}`, ...COMPILE_CACHE, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const texts = { stdout: '', stderr: '' };
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    texts.stdout += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    texts.stderr += text;
  });
  const ended = once(child, 'close').then(([status]): Result => {
    const [line = '', data = null] = /^Data: ([^\n]+)\n/.exec(texts.stderr) ?? [];
    return { status, ...texts, stderr: texts.stderr.slice(line.length), data };
  });
  return { child, ended, stdout: () => texts.stdout, stderr: () => texts.stderr };
}

/** The outcome, or after the longest wait an error that names it. An error kills the process. */
async function bounded<T>(outcome: Promise<T>, child: ChildProcess, what: string): Promise<T> {
  const { promise: never, reject } = Promise.withResolvers<never>();
  const timer = setTimeout(() => {
    child.kill('SIGKILL');
    reject(new Error(`waited ${PATIENCE_MS} ms for ${what}`));
  }, PATIENCE_MS);
  try {
    return await Promise.race([outcome, never]);
  } finally {
    clearTimeout(timer);
  }
}
