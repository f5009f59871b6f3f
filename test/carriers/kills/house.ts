import { TASK_LEASE_MS } from '../../../src/jobs/task.ts';
import { TaskWorker } from '../../../src/jobs/task-worker.ts';
import { TASK_HANDLERS } from '../../../src/workers.ts';
import { type Reply, type Sent, type TestApp, testApp } from '../../support/test-app.ts';

/** The write before or after which a process dies, counted from the moment that it is told. */
export interface Death {
  readonly write: number;
  readonly when: 'before' | 'after';
}

const never = () => new Promise<never>(() => {});

/**
 * A process that can die between two steps, and the one that takes its place. The dead one writes
 * nothing more, hears no answer, and has lost its connections.
 */
export class House implements AsyncDisposable {
  #process: TestApp;
  readonly #first: TestApp;
  readonly #dead = Promise.withResolvers<void>();
  readonly #revived = Promise.withResolvers<void>();
  readonly #ends = new AsyncDisposableStack();
  #hasDied = false;

  constructor(first: TestApp) {
    this.#first = first;
    this.#process = first;
  }

  /** The process that lives. */
  get process(): TestApp {
    return this.#process;
  }

  /** Resolves when the first process has died. */
  get dead(): Promise<void> {
    return this.#dead.promise;
  }

  get hasDied(): boolean {
    return this.#hasDied;
  }

  /** Resolves when another process has taken the place of the first. */
  get revived(): Promise<void> {
    return this.#revived.promise;
  }

  /** Lets the first process die at one of its next writes. */
  dieAt({ write: last, when }: Death): void {
    const { database } = this.#first.app;
    const write = database.write.bind(database);
    let writes = 0;
    database.write = async (...parameters) => {
      writes += 1;
      if (writes > last) return never();
      if (writes < last) return write(...parameters);
      if (when === 'after') await write(...parameters);
      this.#end();
      return never();
    };
  }

  /** Lets the first process die now. */
  die(): void {
    this.#first.app.database.write = never;
    this.#end();
  }

  #end(): void {
    this.#hasDied = true;
    this.#dead.resolve();
  }

  /** Lets the workers of the first process begin what is due, until it dies. */
  async work(): Promise<void> {
    void new TaskWorker(this.#first.app, TASK_HANDLERS).wake();
    await this.dead;
  }

  /** Starts another process on the data of the dead one, when its leases have run out. */
  async revive(carry: (process: TestApp) => Promise<void> | void): Promise<TestApp> {
    const { app } = this.#first;
    const { config, database, home, now } = app;
    await database.close();
    Object.assign(database, { write: never, writesHang: () => true, close: async () => {} });
    const { data, secretKeys } = config;
    const options = { engine: database.engine, now: now(), config: { data, secretKeys } };
    this.#process = this.#ends.use(await testApp(options));
    this.#process.app.home.origin = home.origin;
    this.#process.advanceReal(2 * TASK_LEASE_MS);
    await carry(this.#process);
    this.#revived.resolve();
    return this.#process;
  }

  /** A request of the far side to the living process; null: it died before it answered. */
  async call(method: string, path: string, sent: Sent = {}): Promise<Reply | null> {
    if (this.#process !== this.#first) return this.#process.request(method, path, sent);
    return Promise.race([this.#process.request(method, path, sent), this.dead.then(() => null)]);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#ends.disposeAsync();
  }
}
