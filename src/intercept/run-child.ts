import { spawn } from 'node:child_process';
import { constants } from 'node:os';

/** What a shell says of a command that is not there, and of one that cannot be run. */
const NOT_FOUND = 127;
const NOT_EXECUTABLE = 126;
const SIGNALLED = 128;

/** Signals that are passed on. */
const FORWARDED = ['SIGINT', 'SIGQUIT', 'SIGTERM', 'SIGHUP', 'SIGUSR2'] as const;
/** Those that a terminal sends to everybody in front of it, the command included. */
const FROM_TERMINAL: ReadonlySet<NodeJS.Signals> = new Set(['SIGINT', 'SIGQUIT']);

/** What to run, and where its signals come from. */
export interface ChildSettings {
  readonly command: readonly [string, ...string[]];
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

/**
 * Runs a command with this process's standard streams and waits for its end. Signals go on to it;
 * if this process exits before it, it is killed.
 */
export async function runChild({ command, env, hasTerminal }: ChildSettings): Promise<Ending> {
  const [name, ...rest] = command;
  const { promise, resolve } = Promise.withResolvers<Ending>();
  const child = spawn(name, rest, { stdio: 'inherit', env });
  const listeners = FORWARDED.map((signal) => {
    const isSentToBoth = hasTerminal && FROM_TERMINAL.has(signal);
    const listener = () => void (isSentToBoth || child.kill(signal));
    process.on(signal, listener);
    return { signal, listener };
  });
  const killed = () => void child.kill('SIGKILL');
  process.on('exit', killed);
  child.once('error', (error: NodeJS.ErrnoException) => resolve(failureOf(name, error)));
  child.once('exit', (code, signal) => resolve({ status: statusOf(code, signal), failure: null }));
  const ending = await promise;
  process.off('exit', killed);
  for (const { signal, listener } of listeners) process.off(signal, listener);
  return ending;
}

function statusOf(code: number | null, signal: NodeJS.Signals | null): number {
  return signal === null ? (code ?? 1) : SIGNALLED + constants.signals[signal];
}

function failureOf(name: string, { code, message }: NodeJS.ErrnoException): Ending {
  if (code === 'ENOENT') {
    const failure = `There is no command ${name}: check its name and the PATH.`;
    return { status: NOT_FOUND, failure };
  }
  if (code === 'EACCES') {
    const failure = `${name} cannot be run: it is not an executable file of this user's.`;
    return { status: NOT_EXECUTABLE, failure };
  }
  return { status: NOT_EXECUTABLE, failure: `${name} cannot be run (${code ?? message}).` };
}
