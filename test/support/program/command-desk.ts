import assert from 'node:assert/strict';
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import type { Result, Surroundings } from '../tieline-process.ts';
import { COMPILE_CACHE, PROGRAM } from './program.ts';

/** The longest wait for a command, and for the end of the process. */
const PATIENCE_MS = 60_000;
const ONE_AFTER_ANOTHER = join(import.meta.dirname, 'one-after-another.js');

/** A process that runs many commands. At the end of its scope it must end by itself. */
export interface CommandDesk extends AsyncDisposable {
  /** Runs a command to its end. The next one waits for it. */
  readonly run: (...parameters: string[]) => Promise<Result>;
}

/**
 * Opens a process that runs commands one after the other. The start of a process takes most of the
 * time of a short command. Commands that serve, or change the process itself, need one of their own.
 */
export function openDesk({ cwd, env }: Omit<Surroundings, 'command'>): CommandDesk {
  const { HOME = cwd, PATH = '' } = process.env;
  const child = fork(ONE_AFTER_ANOTHER, [PROGRAM], {
    cwd,
    env: { HOME, PATH: `${dirname(process.execPath)}:${PATH}`, ...COMPILE_CACHE, ...env },
    execArgv: [],
  });
  const ended = once(child, 'exit');
  let place = 0;
  let last: Promise<unknown> = Promise.resolve();
  const ask = async (parameters: readonly string[]): Promise<Result> => {
    const said = once(child, 'message', { signal: AbortSignal.timeout(PATIENCE_MS) });
    child.send({ parameters, place: (place += 1) });
    const early = ended.then(([status]) => assert.fail(`The process ended with ${status}.`));
    const [{ status, stdout, stderr }] = (await Promise.race([said, early])) as [Result];
    const [line = '', data = null] = /^Data: ([^\n]+)\n/.exec(stderr) ?? [];
    return { status, stdout, stderr: stderr.slice(line.length), data };
  };
  return {
    run: (...parameters) => {
      const result = last.then(() => ask(parameters));
      last = result.catch(() => {});
      return result;
    },
    async [Symbol.asyncDispose]() {
      await last;
      if (child.connected) child.disconnect();
      const timer = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
      const [status] = await ended;
      clearTimeout(timer);
      assert.equal(status, 0, 'the process of the commands did not end by itself');
    },
  };
}
