import type { App } from '../app.ts';
import { TASK_LEASE_MS, type Task, type TaskKind } from './task.ts';
import { countTask, measureTasks } from './task-metrics.ts';
import { claimTasks, deferTask, fetchNextDue } from './task-store.ts';

/** What a carrier does about a task that is due. It reads the thing, acts, and records. */
export type TaskHandlers = Readonly<Record<TaskKind, (app: App, task: Task) => Promise<void>>>;

/** Tasks under way in this process. */
const MAX_UNDER_WAY = 64;
const LEASE_BYTES = 16;
/** How long a closing server waits for what is under way. */
const CLOSING_MS = 4_000;
/** After a step that could not be recorded: so long, twice as long, and so on to the most. */
const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 5 * 60_000;

/**
 * Does what is due in the carrier's inbox. A task is claimed by a lease, done outside of any
 * transaction, and recorded by `do-task.ts`. When a worker dies in between, its lease runs out and
 * another one does the step again; what it had not recorded did not happen.
 */
export class TaskWorker {
  readonly #app: App;
  readonly #handlers: TaskHandlers;
  readonly #underWay = new Map<string, Promise<void>>();
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(app: App, handlers: TaskHandlers) {
    this.#app = app;
    this.#handlers = handlers;
    measureTasks(app, () => this.#underWay.size);
  }

  /** Starts what is due now. It resolves when all that may start has started; it never rejects. */
  wake(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#again = true;
    this.#claiming ??= this.#claimAll();
    return this.#claiming;
  }

  /** Works until nothing is due by the clock as it stands. */
  async workOff(): Promise<void> {
    await this.wake();
    while (this.#underWay.size > 0) {
      await Promise.all(this.#underWay.values());
      await this.wake();
    }
  }

  /** Starts nothing more and waits a few seconds for what is under way. */
  async stop(): Promise<void> {
    this.#stopped = true;
    clearTimeout(this.#timer);
    await this.#claiming;
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([late, Promise.all(this.#underWay.values())]);
    clearTimeout(patience);
  }

  async #claimAll(): Promise<void> {
    const app = this.#app;
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        const limit = MAX_UNDER_WAY - this.#underWay.size;
        if (limit === 0) break;
        const tasks = await this.#claim(limit);
        for (const task of tasks) this.#start(task);
        if (tasks.length === limit) this.#again = true;
        // Whoever wakes it while it looks is heard: the loop goes on.
        if (!this.#again) await this.#sleepUntilDue();
      }
    } catch (err) {
      app.log.warn({ err }, 'the carrier could not read its inbox; it tries again shortly');
    } finally {
      this.#claiming = null;
    }
  }

  /** A look that finds nothing writes nothing, so that an idle server leaves its disk alone. */
  async #claim(limit: number): Promise<Task[]> {
    const { database, now, realNow, randomBytes } = this.#app;
    const due = await fetchNextDue(database.db, realNow());
    if (due === null || due > now()) return [];
    const lease = randomBytes(LEASE_BYTES).toString('hex');
    return database.write((tx) =>
      claimTasks(tx, database.engine, {
        now: now(),
        real_now: realNow(),
        limit,
        lease,
        leased_until: realNow() + TASK_LEASE_MS,
      }),
    );
  }

  /** What falls due soon need not wait for somebody to look. */
  async #sleepUntilDue(): Promise<void> {
    clearTimeout(this.#timer);
    const { database, now, realNow } = this.#app;
    const due = await fetchNextDue(database.db, realNow());
    if (due === null || this.#stopped || this.#underWay.size >= MAX_UNDER_WAY) return;
    const wait = due - now();
    if (wait > MAX_DELAY_MS) return;
    this.#timer = setTimeout(() => void this.wake(), Math.max(wait, 1)).unref();
  }

  #start(task: Task): void {
    this.#underWay.set(task.sid, this.#do(task));
  }

  async #do(task: Task): Promise<void> {
    try {
      await this.#handlers[task.kind](this.#app, task);
      countTask(this.#app, task.kind, 'done');
    } catch (err) {
      countTask(this.#app, task.kind, 'failed');
      await this.#defer(task, err);
    }
    this.#underWay.delete(task.sid);
    void this.wake();
  }

  async #defer(task: Task, err: unknown): Promise<void> {
    const app = this.#app;
    app.log.error({ err, task: task.sid, kind: task.kind }, 'a carrier task failed');
    const delay = Math.min(FIRST_DELAY_MS * 2 ** Math.min(task.failures, 20), MAX_DELAY_MS);
    try {
      await app.database.write((tx) => deferTask(tx, task, app.now() + delay));
    } catch (cause) {
      app.log.warn({ err: cause, task: task.sid }, 'it is done again when its lease ends');
    }
  }
}
