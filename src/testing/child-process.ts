import { type ChildProcess, spawn } from 'node:child_process';
import type { Socket } from 'node:net';
import { fileURLToPath } from 'node:url';
import { servingEnvironment } from './environment.ts';
import { findNode } from './find-node.ts';
import type { ServedWorld, Settings } from './options.ts';
import { limit } from './real-timers.ts';
import type { Order, Report, ServedElsewhere } from './serving.ts';
import { siblingModule } from './sibling-module.ts';
import { TielineError } from './tieline-error.ts';

/** The limits for the start and the end of the process. */
const START_MS = 30_000;
const END_MS = 10_000;
/** An error repeats this many of the last characters that the process printed. */
const SAID_LENGTH = 2_000;

/** The number of the only world that such a process serves. */
const ONLY = 1;

/**
 * Starts Tieline in a separate process. That process always ends with this one, and does not keep
 * this one alive.
 * @throws TielineError when no Node.js fits, or when Tieline does not start.
 */
export async function startChild(
  settings: Settings,
  node: string | undefined,
): Promise<ServedElsewhere> {
  const program = findNode(node);
  const child = spawn(program, [fileURLToPath(siblingModule('serve'))], {
    env: servingEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-SAID_LENGTH);
      if (settings.logLevel !== 'error') process.stderr.write(text);
    });
  }
  try {
    const world = await worldOf(child, settings, () => said);
    letGo(child);
    return { ...world, close: () => endChild(child) };
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  }
}

async function worldOf(
  child: ChildProcess,
  settings: Settings,
  said: () => string,
): Promise<ServedWorld> {
  const tooLong = limit(START_MS, () => {
    throw new TielineError(`Tieline did not start within ${START_MS / 1000} s. ${said()}`.trim());
  });
  const answered = new Promise<ServedWorld>((resolve, reject) => {
    child.once('error', ({ message }) =>
      reject(new TielineError(`The process for Tieline could not be started: ${message}.`)),
    );
    child.once('exit', (status, signal) => {
      const how = signal ?? `status ${String(status)}`;
      reject(new TielineError(`Tieline's process ended with ${how}. ${said()}`.trim()));
    });
    child.once('message', (report: Report) => {
      if ('serves' in report) resolve(report.world);
      else reject(new TielineError('failed' in report ? report.why : 'Tieline did not start.'));
    });
  });
  child.send({ serve: ONLY, settings } satisfies Order, () => {});
  try {
    return await Promise.race([answered, tooLong.over]);
  } finally {
    tooLong.stop();
  }
}

/** Lets this process end although the other one still runs. */
function letGo(child: ChildProcess): void {
  child.unref();
  child.channel?.unref();
  for (const stream of [child.stdout, child.stderr]) (stream as Socket | null)?.unref();
}

async function endChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  child.ref();
  const ended = new Promise<void>((resolve) => void child.once('exit', () => resolve()));
  const tooLong = limit(END_MS, () => void child.kill('SIGKILL'));
  child.once('message', () => child.disconnect());
  child.send({ close: ONLY } satisfies Order, () => {});
  await ended;
  tooLong.stop();
}
