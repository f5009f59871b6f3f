import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { get } from 'node:http';
import { availableParallelism } from 'node:os';

/** Functions that clean up at any end of the bench. */
const cleanups: (() => void)[] = [];

/** Remembers a clean-up. The last one runs first. */
export function whenDone(cleanup: () => void): void {
  cleanups.push(cleanup);
}

process.on('exit', () => {
  for (const cleanup of cleanups.toReversed()) cleanup();
});
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => process.exit(130));

/** Servers get core 0 and the load core 1, if the machine has two cores and `taskset`. */
export const isPinned =
  process.platform === 'linux' &&
  availableParallelism() >= 2 &&
  spawnSync('taskset', ['-c', '0,1', 'true']).status === 0;

/** Moves the bench itself, which makes the load, to core 1, with the processes that it starts. */
export function pinLoad(): void {
  if (isPinned) spawnSync('taskset', ['-a', '-c', '-p', '1', String(process.pid)]);
}

/** A server that the bench started. */
export interface Child {
  readonly pid: number;
  stop(): Promise<void>;
}

/** The cores of the machine. A child of the pinned load would inherit its core otherwise. */
const ALL_CORES = `0-${availableParallelism() - 1}`;

/** Starts a program, on core 0, or on all cores if `pin` is false. Its standard error is shown. */
export function startChild(
  program: string,
  parameters: readonly string[],
  env: NodeJS.ProcessEnv = {},
  { pin } = { pin: true },
): Child {
  const pinned: readonly [string, readonly string[]] = isPinned
    ? ['taskset', ['-c', pin ? '0' : ALL_CORES, program, ...parameters]]
    : [program, parameters];
  const child: ChildProcess = spawn(...pinned, {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, ...env },
  });
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const { pid } = child;
  if (pid === undefined) throw new Error(`${program} could not be started`);
  whenDone(() => void child.kill('SIGKILL'));
  return {
    pid,
    async stop() {
      child.kill('SIGTERM');
      const late = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await ended;
      clearTimeout(late);
    },
  };
}

/** Sends requests until the answer is 200. @returns the milliseconds since `since` */
export async function waitFor200(
  url: string,
  headers: Readonly<Record<string, string>>,
  since: number,
  limitMs: number,
): Promise<number> {
  for (;;) {
    const status = await statusOf(url, headers);
    const ms = performance.now() - since;
    if (status === 200) return ms;
    if (ms > limitMs) throw new Error(`${url} did not answer 200 within ${limitMs} ms`);
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
}

/** The status of the answer to a request on a new connection; null without an answer. */
function statusOf(url: string, headers: Readonly<Record<string, string>>): Promise<number | null> {
  return new Promise((resolve) => {
    const request = get(url, { headers, agent: false }, (answer) => {
      answer.resume();
      resolve(answer.statusCode ?? null);
    });
    request.once('error', () => resolve(null));
  });
}

/** Resident memory of a process, in megabytes. */
export function residentMegabytes(pid: number): number {
  if (process.platform === 'linux') {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1024;
  }
  return (
    Number(spawnSync('ps', ['-o', 'rss=', '-p', String(pid)], { encoding: 'utf8' }).stdout) / 1024
  );
}

const TICK_MICROSECONDS = 10_000;

/** The processor time that a process has used, in microseconds; null where there is no /proc. */
export function cpuMicroseconds(pid: number): number | null {
  if (process.platform !== 'linux') return null;
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // The name, in parentheses, may hold spaces; user and system time are fields 14 and 15.
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * TICK_MICROSECONDS;
}
