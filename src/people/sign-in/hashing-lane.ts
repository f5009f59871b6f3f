import { Lanes } from '../../db/lanes.ts';
import { unavailable } from '../../kit/api-error.ts';

/**
 * Lets slow work through a few at a time, by lanes in turn: who fills a lane waits in it, and nobody
 * else does. What waits is bounded too: past it the newest of the longest lane is told at once that the
 * server is busy, so that a flood crowds out itself.
 */
export class HashingLane {
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting = new Lanes<PromiseWithResolvers<void>>();
  #running = 0;

  constructor(width: number, maxWaiting: number) {
    this.#width = width;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws ApiError 503 when too many wait already; the work has then not begun. */
  async run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) await this.#wait(lane);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // It hands its place over, so `#running` stays as it is.
      const [next] = this.#waiting.take(1);
      if (next) next.item.resolve();
      else this.#running -= 1;
    }
  }

  #wait(lane: string): Promise<void> {
    const place = Promise.withResolvers<void>();
    this.#waiting.push({ lane, item: place });
    if (this.#waiting.length > this.#maxWaiting) {
      const busy = unavailable('Many people are signing in at this moment; try again shortly.');
      this.#waiting.dropNewest(lane)?.reject(busy);
    }
    return place.promise;
  }
}
