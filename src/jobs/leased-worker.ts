/** How long a closing server waits for the work that is under way. */
const CLOSING_MS = 4_000;

/** What a look at the rows that are due came to. */
export interface Claim<Item> {
  /** Leased to this worker. */
  readonly items: readonly Item[];
  /** Whether more may be due, so that the worker looks again at once. */
  readonly isMore: boolean;
}

/**
 * Works off rows that fall due. It claims them by a lease, does each one outside of any
 * transaction, and each one records its own result. When a process dies in between, the lease
 * runs out and another worker does the row again.
 */
export abstract class LeasedWorker<Item extends { readonly sid: string }> {
  readonly #underWay = new Map<string, { readonly item: Item; readonly done: Promise<void> }>();
  readonly #most: number;
  #claiming: Promise<void> | null = null;
  #again = false;
  #stopped = false;
  #abandoned = false;

  /** @param most items under way in this process */
  constructor(most: number) {
    this.#most = most;
  }

  /** Leases items that are due, `room` at most. */
  protected abstract claim(room: number): Promise<Claim<Item>>;

  /** Does one and records it; it never rejects. @returns whether to look at once for more. */
  protected abstract do(item: Item): Promise<boolean>;

  /** The rows could not be read. They are looked at again when the worker is woken. */
  protected abstract failed(err: unknown): void;

  /** Nothing more is due. */
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

  /** Whether the worker has given back all that it had. */
  protected get isAbandoned(): boolean {
    return this.#abandoned;
  }

  protected isUnderWay(sid: string): boolean {
    return this.#underWay.has(sid);
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
    let patience: NodeJS.Timeout | undefined;
    const late = new Promise<void>((resolve) => {
      patience = setTimeout(resolve, CLOSING_MS);
    });
    await Promise.race([late, this.#settled()]);
    clearTimeout(patience);
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
        const { items, isMore } = await this.claim(this.room);
        if (this.#stopped && this.giveBack) await this.giveBack(items);
        else for (const item of items) this.#start(item);
        if (isMore) this.#again = true;
        // A worker that is woken while it looks goes on.
        if (!this.#again) await this.rest();
      }
    } catch (err) {
      this.failed(err);
    } finally {
      // In the same turn as the last look at `#again`, so that no wake falls in between.
      this.#claiming = null;
    }
  }

  #start(item: Item): void {
    this.#underWay.set(item.sid, { item, done: this.#run(item) });
  }

  async #run(item: Item): Promise<void> {
    const looksAgain = await this.do(item);
    // Not before it is recorded: a claim that is running sees the row as it was until then.
    this.#underWay.delete(item.sid);
    if (looksAgain) void this.wake();
  }
}
