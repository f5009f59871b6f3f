import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/**
 * The exit statuses of a shell for a command that does not exist, and for one that it cannot run.
 */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;
/** The time that a command has to end its own children, before it is killed. */
const STOP_MS = 5_000;

/** Signals that are forwarded to the command. */
const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** Signals that a terminal sends to its whole foreground group, the command included. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** The command, its environment, and the source of its signals. */
export interface ChildSettings {
  readonly command: readonly [string, ...string[]];
  /** Turns a command into one that runs it in another namespace; null when it runs here. */
  readonly wrap: ((command: readonly [string, ...string[]]) => [string, ...string[]]) | null;
  readonly env: Readonly<Record<string, string>>;
  /** Whether a terminal may have sent a signal to the command already. */
  readonly has_terminal: boolean;
}

/** How a command ended. */
interface Ending {
  /** Its exit status, or 128 and the number of the signal that ended it. */
  readonly status: number;
  /** The reason why it could not be run, in a sentence; null when it ran. */
  readonly failure: string | null;
}

/** A running command. */
export interface RunningChild {
  readonly ending: Promise<Ending>;
  /** Ends it by SIGTERM, and by SIGKILL if it has not ended in time. */
  stop(): Promise<void>;
}

/**
 * Starts a command with this process's standard streams, and forwards signals to it. If this
 * process exits first, the command is killed.
 */
export function beginChild({ command, wrap, env, has_terminal }: ChildSettings): RunningChild {
  const [name] = command;
  let child: ChildProcess;
  try {
    if (wrap) demandProgram(name, env['PATH'] ?? '');
    const [program, ...rest] = wrap ? wrap(command) : command;
    child = spawn(program, rest, { stdio: 'inherit', env });
  } catch (error) {
    // Node throws some errors of the system, and emits others.
    const ending = Promise.resolve(failureOf(name, error as NodeJS.ErrnoException));
    return { ending, stop: async () => {} };
  }
  const { promise: ending, resolve } = Promise.withResolvers<Ending>();
  const listeners = FORWARDED.map((signal) => {
    const isSentToBoth = has_terminal && FROM_TERMINAL.has(signal);
    const listener = () => void (isSentToBoth || child.kill(signal));
    process.on(signal, listener);
    return { signal, listener };
  });
  const killed = () => void child.kill('SIGKILL');
  process.on('exit', killed);
  const end = (result: Ending) => {
    process.off('exit', killed);
    for (const { signal, listener } of listeners) process.off(signal, listener);
    resolve(result);
  };
  child.once('error', (error: NodeJS.ErrnoException) => end(failureOf(name, error)));
  child.once('exit', (code, signal) => end({ status: statusOf(code, signal), failure: null }));
  return {
    ending,
    async stop() {
      child.kill('SIGTERM');
      await Promise.race([ending, setTimeout(STOP_MS, null, { ref: false })]);
      child.kill('SIGKILL');
      await ending;
    },
  };
}

/**
 * Looks for a program on the path, as the system would, because another program will start it.
 * @throws the error that the system would give
 */
function demandProgram(name: string, path: string): void {
  const places = name.includes('/') ? [''] : path.split(delimiter);
  let problem: unknown = Object.assign(new Error('no such program'), { code: 'ENOENT' });
  for (const place of places) {
    const file = place === '' ? name : join(place, name);
    try {
      accessSync(file, fsConstants.X_OK);
      if (name !== '' && statSync(file).isFile()) return;
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') problem = error;
    }
  }
  throw problem;
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 1) : SIGNALLED + constants.signals[signal];
}

function failureOf(name: string, { code, message }: NodeJS.ErrnoException): Ending {
  if (name === '') {
    return { status: NOT_FOUND, failure: 'COMMAND is empty: name a program after the two dashes.' };
  }
  if (code === 'ENOENT') {
    const failure = `There is no command ${name}: check its name and the PATH.`;
    return { status: NOT_FOUND, failure };
  }
  if (code === 'EACCES') {
    const failure = `${name} cannot be run: it is not an executable file of this user's.`;
    return { status: NOT_EXECUTABLE, failure };
  }
  if (code === 'E2BIG') {
    const failure = `${name} cannot be run: its arguments and its environment are too long.`;
    return { status: NOT_EXECUTABLE, failure };
  }
  const failure = `${name} cannot be run (${code ?? message}): check its name.`;
  return { status: NOT_EXECUTABLE, failure };
}
