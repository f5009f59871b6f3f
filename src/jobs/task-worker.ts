import { laneOf } from '../access/main-accounts.ts';
import type { App } from '../app.ts';
import { type Claim, LeasedWorker } from './leased-worker.ts';
import { UnreadableStep } from './step.ts';
import { TASK_LEASE_MS, type Task, type TaskKind } from './task.ts';
import { countTask, measureTasks } from './task-metrics.ts';
import { claimTasks, deferTask, fetchNextDue } from './task-store.ts';

/** The handler of each kind of task. It reads the resource, acts, and records by `do-task.ts`. */
export type TaskHandlers = Readonly<Record<TaskKind, (app: App, task: Task) => Promise<void>>>;

/** Tasks in progress in this process. */
const MAX_UNDER_WAY = 64;
const LEASE_BYTES = 16;
/** The delay after a step that could not be recorded. It doubles each time, up to a limit. */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5 * 60_000;

/**
 * Does the due tasks of the inbox. `do-task.ts` records each of them; an unrecorded step did not
 * happen.
 */
export class TaskWorker extends LeasedWorker<Task> {
  readonly #app: App;
  readonly #handlers: TaskHandlers;
  #timer: NodeJS.Timeout | undefined;
  /** The time of the next unleased task, as the last search found it; undefined: it found tasks. */
  #due: number | null | undefined;

  constructor(app: App, handlers: TaskHandlers) {
    super(MAX_UNDER_WAY);
    this.#app = app;
    this.#handlers = handlers;
    measureTasks(app, () => this.underWay);
  }

  override async stop(): Promise<void> {
    const stopping = super.stop();
    clearTimeout(this.#timer);
    await stopping;
  }

  /** A search that finds nothing writes nothing, so that an idle server does not use its disk. */
  protected override async claim(room: number): Promise<Claim<Task>> {
    const { database, now, realNow, randomBytes } = this.#app;
    this.#due = undefined;
    if (room === 0) return { items: [], is_more: false };
    const due = await fetchNextDue(database.db, realNow());
    if (due === null || due > now()) {
      this.#due = due;
      return { items: [], is_more: false };
    }
    const lease = randomBytes(LEASE_BYTES).toString('hex');
    const items = await database.write((tx) =>
      claimTasks(tx, database.engine, {
        now: now(),
        real_now: realNow(),
        limit: room,
        lease,
        leased_until: realNow() + TASK_LEASE_MS,
      }),
    );
    return { items, is_more: items.length === room };
  }

  protected override async do(task: Task): Promise<boolean> {
    try {
      await this.#handlers[task.kind](this.#app, task);
      countTask(this.#app, task.kind, 'done');
    } catch (err) {
      countTask(this.#app, task.kind, 'failed');
      await this.#defer(task, err);
    }
    return true;
  }

  protected override failed(err: unknown): void {
    this.#app.log.warn({ err }, 'the inbox could not be read; it is tried again shortly');
  }

  /** A task that falls due soon need not wait for the next look. */
  protected override async rest(): Promise<void> {
    clearTimeout(this.#timer);
    if (this.room === 0) return;
    const { database, now, realNow } = this.#app;
    const due = this.#due === undefined ? await fetchNextDue(database.db, realNow()) : this.#due;
    if (due === null || this.isStopped || this.room === 0) return;
    const wait = due - now();
    if (wait > MAX_DELAY_MS) return;
    this.#timer = setTimeout(() => void this.wake(), Math.max(wait, 1)).unref();
  }

  async #defer(task: Task, err: unknown): Promise<void> {
    const app = this.#app;
    tell(app, task, err);
    const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.min(task.failures, 20), MAX_DELAY_MS);
    try {
      const lane = await laneOf(app, task.account_sid);
      await app.database.write((tx) => deferTask(tx, task, app.now() + delay), lane);
    } catch (cause) {
      app.log.warn({ err: cause, task: task.sid }, 'it is done again when its lease ends');
    }
  }
}

function tell({ log }: App, { sid: task, kind }: Task, err: unknown): void {
  if (err instanceof UnreadableStep) {
    const { version, problem } = err;
    log.error({ task, kind, version, problem }, 'a step that this server cannot read is put off');
  } else {
    log.error({ err, task, kind }, 'a carrier task failed');
  }
}
