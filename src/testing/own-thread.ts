import { Worker } from 'node:worker_threads';
import { isNewEnough } from '../../bin/newer-node.js';
import { servingEnvironment } from './environment.ts';
import type { Settings } from './options.ts';
import { type Limit, limit } from './real-timers.ts';
import { numberOf, type Order, type Report, type ServedElsewhere } from './serving.ts';
import { siblingModule } from './sibling-module.ts';
import { TielineError } from './tieline-error.ts';

/**
 * A thread without a world waits this long for the next one. Loading Tieline takes longer than
 * making a world, and many suites make a world for each test.
 */
const IDLE_MS = 1_000;

/** Whether Tieline can run in this process. */
export function canServeHere(): boolean {
  return isNewEnough(process.version);
}

/** The thread that serves all worlds of this process; null without worlds. */
let current: Thread | null = null;

/**
 * Starts Tieline in a thread of this process. The thread keeps running while the test's own thread
 * blocks, and replaced timers of the test do not affect it.
 * @throws TielineError when the data or the port cannot be used.
 */
export async function startThread(settings: Settings): Promise<ServedElsewhere> {
  current ??= new Thread();
  return current.serve(settings);
}

class Thread {
  readonly #worker = new Worker(siblingModule('serve'), {
    env: servingEnvironment(),
    execArgv: [],
  });
  readonly #waiting = new Map<number, (report: Report | Error) => void>();
  readonly #worlds = new Set<number>();
  #last = 0;
  #idle: Pick<Limit<void>, 'stop'> = { stop: () => {} };

  constructor() {
    this.#worker.on('message', (report: Report) => this.#answer(numberOf(report), report));
    this.#worker.on('error', (error: Error) => this.#end(error));
    this.#worker.on('exit', () => this.#end(new Error('its thread has ended')));
    this.#worker.unref();
  }

  async serve(settings: Settings): Promise<ServedElsewhere> {
    this.#idle.stop();
    this.#last += 1;
    const number = this.#last;
    this.#worlds.add(number);
    const report = await this.#tell(number, { serve: number, settings });
    if ('serves' in report) return { ...report.world, close: () => this.#close(number) };
    this.#leave(number);
    throw new TielineError('failed' in report ? report.why : 'Tieline did not start.');
  }

  async #close(number: number): Promise<void> {
    if (current !== this) return;
    await this.#tell(number, { close: number });
    this.#leave(number);
  }

  /** Sends an order. The thread keeps the process alive only while an answer is pending. */
  #tell(number: number, order: Order): Promise<Report> {
    return new Promise((resolve, reject) => {
      this.#worker.ref();
      this.#waiting.set(number, (report) => {
        if (report instanceof Error) reject(new TielineError(`Tieline failed: ${report.message}.`));
        else resolve(report);
      });
      this.#worker.postMessage(order);
    });
  }

  #answer(number: number, report: Report | Error): void {
    const answer = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (this.#waiting.size === 0) this.#worker.unref();
    answer?.(report);
  }

  #leave(number: number): void {
    this.#worlds.delete(number);
    if (this.#worlds.size > 0 || current !== this) return;
    const idle = limit(IDLE_MS, () => {
      current = null;
      void this.#worker.terminate();
    });
    idle.unref();
    this.#idle = idle;
  }

  #end(error: Error): void {
    if (current === this) current = null;
    for (const number of this.#waiting.keys()) this.#answer(number, error);
  }
}
