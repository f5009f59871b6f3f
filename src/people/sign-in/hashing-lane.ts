import { Lanes } from '../../db/lanes.ts';
import { unavailable } from '../../kit/api-error.ts';

/**
 * Runs slow work, a few pieces at a time. Lanes take turns, so a full lane delays only its own
 * work. The waiting work is limited too: beyond the limit, the newest piece of the longest lane is
 * refused at once, so that a flood displaces only itself.
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

  /** @throws ApiError 503 when too much work waits already. The work has then not begun. */
  async run<T>(lane: string, work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) await this.#wait(lane);
    else this.#running += 1;
    try {
      return await work();
    } finally {
      // The next work takes over this place, so `#running` does not change.
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
