import { byDeadline } from '../kit/by-deadline.ts';

/** The time for which a closing server waits for work in progress. */
const CLOSING_MS = 4_000;

/** The result of a search for due rows. */
export interface Claim<Item> {
  /** Leased to this worker. */
  readonly items: readonly Item[];
  /** Whether more may be due, so that the worker looks again at once. */
  readonly is_more: boolean;
}

/**
 * Processes rows that fall due. It claims them by a lease and processes each one outside of any
 * transaction. Each one records its own result. When a process dies before that, the lease runs
 * out, and another worker processes the row again.
 */
export abstract class LeasedWorker<Item extends { readonly sid: string }> {
  readonly #underWay = new Map<string, { readonly item: Item; readonly done: Promise<void> }>();
  readonly #most: number;
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #abandoned = false;

  /** @param most the most items in progress in this process */
  constructor(most: number) {
    this.#most = most;
  }

  /** Leases due items, `room` at most. */
  protected abstract claim(room: number): Promise<Claim<Item>>;

  /**
   * Processes and records one item; it never rejects. @returns whether to search again right away.
   */
  protected abstract do(item: Item): Promise<boolean>;

  /** Handles a failed search. The worker searches again when it is woken. */
  protected abstract failed(err: unknown): void;

  /** Called when nothing more is due. */
  protected async rest(): Promise<void> {}

  /** Gives back items that a closing server has not done; without this they stay leased. */
  protected giveBack?(items: readonly Item[]): Promise<void>;

  protected get underWay(): number {
    return this.#underWay.size;
  }

  protected get room(): number {
    return this.#most - this.#underWay.size;
  }

  protected get isStopped(): boolean {
    return this.#stopped;
  }

  /** Whether the worker has given back all its items. */
  protected get isAbandoned(): boolean {
    return this.#abandoned;
  }

  protected isUnderWay(sid: string): boolean {
    return this.#underWay.has(sid);
  }

  /** Starts all due items that may start now, and then resolves. It never rejects. */
  wake(): Promise<void> {
    if (this.#stopped) return Promise.resolve();
    this.#again = true;
    this.#claiming ??= this.#claimAll();
    return this.#claiming;
  }

  /** Works until nothing is due at the clock's current time. */
  async workOff(): Promise<void> {
    await this.wake();
    while (this.#underWay.size > 0) {
      await this.#settled();
      await this.wake();
    }
  }

  /**
   * Starts nothing more, waits a few seconds for the work under way, and gives back the rest, so
   * that the next worker need not wait for the lease to end.
   */
  async stop(): Promise<void> {
    this.#stopped = true;
    await this.#claiming;
    await byDeadline(this.#settled(), CLOSING_MS, () => {});
    this.#abandoned = true;
    await this.giveBack?.([...this.#underWay.values()].map(({ item }) => item));
  }

  async #settled(): Promise<void> {
    await Promise.all([...this.#underWay.values()].map(({ done }) => done));
  }

  async #claimAll(): Promise<void> {
    try {
      while (this.#again && !this.#stopped) {
        this.#again = false;
        const { items, is_more } = await this.claim(this.room);
        if (this.#stopped && this.giveBack) await this.giveBack(items);
        else for (const item of items) this.#start(item);
        if (is_more) this.#again = true;
        // A worker that is woken while it looks goes on.
        if (!this.#again) await this.rest();
      }
    } catch (err) {
      this.failed(err);
    } finally {
      // This runs in the same turn as the last check of `#again`, so no wake is lost between them.
      this.#claiming = null;
    }
  }

  #start(item: Item): void {
    this.#underWay.set(item.sid, { item, done: this.#run(item) });
  }

  async #run(item: Item): Promise<void> {
    const looksAgain = await this.do(item);
    // This comes after the record, because a running claim sees the row as it was before it.
    this.#underWay.delete(item.sid);
    if (looksAgain) void this.wake();
  }
}
