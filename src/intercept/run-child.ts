import { type ChildProcess, spawn } from 'node:child_process';
import { accessSync, constants as fsConstants, statSync } from 'node:fs';
import { constants } from 'node:os';
import { delimiter, join } from 'node:path';
import { setTimeout } from 'node:timers/promises';

/** What a shell says of a command that is not there, and of one that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;
/** How long a command has to end what it began itself, before it is killed. */
const STOP_MS = 5_000;

/** Signals that are passed on. */
const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** Those that a terminal sends to everybody in front of it, the command included. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** What to run, and where its signals come from. */
export interface ChildSettings {
  readonly command: readonly [string, ...string[]];
  /** Makes of a command the one that runs it elsewhere; null: it runs here. */
  readonly wrap: ((command: readonly [string, ...string[]]) => [string, ...string[]]) | null;
  readonly env: Readonly<Record<string, string>>;
  /** Whether a terminal may have sent a signal to the command already. */
  readonly hasTerminal: boolean;
}

/** How a command ended. */
export interface Ending {
  /** Its exit status, or 128 and the number of the signal that ended it. */
  readonly status: number;
  /** Why it could not be run at all, in a sentence. */
  readonly failure: string | null;
}

/** A command that was begun. */
export interface RunningChild {
  readonly ending: Promise<Ending>;
  /** Ends it: by SIGTERM, which it may pass on, and by SIGKILL where that does not do. */
  stop(): Promise<void>;
}

/**
 * Begins a command with this process's standard streams. Signals go on to it; if this process
 * exits before it, it is killed.
 */
export function beginChild({ command, wrap, env, hasTerminal }: ChildSettings): RunningChild {
  const [name] = command;
  let child: ChildProcess;
  try {
    if (wrap) demandProgram(name, env['PATH'] ?? '');
    const [program, ...rest] = wrap ? wrap(command) : command;
    child = spawn(program, rest, { stdio: 'inherit', env });
  } catch (error) {
    // Some errors of the system are thrown, and others are events.
    const ending = Promise.resolve(failureOf(name, error as NodeJS.ErrnoException));
    return { ending, stop: async () => {} };
  }
  const { promise: ending, resolve } = Promise.withResolvers<Ending>();
  const listeners = FORWARDED.map((signal) => {
    const isSentToBoth = hasTerminal && FROM_TERMINAL.has(signal);
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
 * Looks for a program as the system does, where another one is to begin it.
 * @throws the error that the system would have
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
