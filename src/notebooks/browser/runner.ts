import type { Cell } from '../notebook.ts';
import type { Outcome } from '../run/outcome.ts';
import { Session } from '../run/session.ts';
import type { BrowserHost } from './browser-host.ts';

/** The runner's view of a cell on the page. */
export interface Runnable {
  /** The cell's current number and text; null after the cell was removed. */
  readonly cell: () => Cell | null;
  readonly setWaiting: (is_waiting: boolean) => void;
  readonly setRunning: () => void;
  readonly setOutcome: (outcome: Outcome) => void;
}

/** The progress of a run. */
export interface Progress {
  readonly is_running: boolean;
  /** The place of the cell that runs. */
  readonly index: number | null;
  readonly done: number;
  readonly failed: number;
  readonly left: number;
  /** The reason why the run ended before its last cell; null when it did not. */
  readonly ended: string | null;
}

const IDLE: Progress = { is_running: false, index: null, done: 0, failed: 0, left: 0, ended: null };

export interface RunnerRules {
  /** Whether this cell may run. The answer false also drops all waiting cells. */
  readonly mayRun: (cell: Cell) => Promise<boolean>;
  readonly progressed: (progress: Progress) => void;
  /** Reports that the sandbox ended and all values of the cells are lost. */
  readonly sandboxEnded: () => void;
}

/**
 * Runs cells one after the other in one sandbox, which the first cell starts. After a failed cell
 * the next cells still run. After a cell that ended the sandbox they do not.
 */
export class Runner {
  readonly #host: BrowserHost;
  readonly #rules: RunnerRules;
  #session: Session | null = null;
  #queue: Runnable[] = [];
  #progress = IDLE;

  constructor(host: BrowserHost, rules: RunnerRules) {
    this.#host = host;
    this.#rules = rules;
  }

  get isRunning(): boolean {
    return this.#progress.is_running;
  }

  /** Adds cells to the queue. A cell that waits already is not added again. */
  run(cells: readonly Runnable[]): void {
    const added = cells.filter((cell) => !this.#queue.includes(cell));
    for (const cell of added) cell.setWaiting(true);
    this.#queue.push(...added);
    if (!this.isRunning) void this.#work();
  }

  /** Ends the running cell and the sandbox. */
  stop(): void {
    if (this.isRunning) this.#end('Stopped.');
  }

  /** Ends the sandbox. The next cell starts a new one. */
  restart(): void {
    this.#end(this.isRunning ? 'Stopped.' : null);
  }

  #end(why: string | null): void {
    this.#forgetQueue();
    this.#update({ ended: why });
    this.#session?.stop();
    this.#dropSession();
  }

  async #work(): Promise<void> {
    this.#update({ ...IDLE, is_running: true });
    for (let next = this.#queue.shift(); next; next = this.#queue.shift()) {
      const cell = next.cell();
      next.setWaiting(false);
      if (!cell) continue;
      this.#update({ index: cell.index, left: this.#queue.length });
      if (!(await this.#rules.mayRun(cell))) {
        this.#forgetQueue();
        this.#update({ ended: 'No further cell ran.' });
        break;
      }
      next.setRunning();
      await this.#runOne(next, cell);
    }
    this.#update({ is_running: false, index: null, left: 0 });
  }

  async #runOne(next: Runnable, cell: Cell): Promise<void> {
    let session: Session | null = null;
    let outcome: Outcome;
    try {
      session = this.#session ??= new Session(this.#host, { base_url: location.origin });
      outcome = await session.run(cell);
    } catch (error) {
      outcome = neverBegan(cell, error as Error);
    }
    const { done, failed } = this.#progress;
    this.#update({ done: done + 1, failed: failed + (outcome.state === 'failed' ? 1 : 0) });
    next.setOutcome(outcome);
    if (session !== this.#session || !(session?.isGone || outcome.state === 'stopped')) return;
    this.#forgetQueue();
    this.#dropSession();
    this.#update({ ended: `The sandbox was ended at $${cell.index}.` });
  }

  #dropSession(): void {
    if (!this.#session) return;
    this.#session = null;
    this.#host.interrupt();
    this.#rules.sandboxEnded();
  }

  #forgetQueue(): void {
    for (const cell of this.#queue) cell.setWaiting(false);
    this.#queue = [];
  }

  #update(changed: Partial<Progress>): void {
    this.#progress = { ...this.#progress, ...changed };
    this.#rules.progressed(this.#progress);
  }
}

function neverBegan({ index }: Cell, { message }: Error): Outcome {
  const failure = {
    cause: 'limit',
    name: 'Error',
    message: `There is no sandbox to run this in: ${message}.`,
    line: null,
    column: null,
    stack: null,
  } as const;
  const none = { value: null, requests: [], lines: [], duration_ms: 0 };
  return { cell: index, state: 'stopped', failure, ...none };
}
