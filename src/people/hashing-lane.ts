import { unavailable } from '../kit/api-error.ts';

/**
 * Lets slow work through a few at a time. What waits is bounded too: past it the server says at
 * once that it is busy, rather than let everybody wait (reliability T19).
 */
export class HashingLane {
  readonly #width: number;
  readonly #maxWaiting: number;
  readonly #waiting: (() => void)[] = [];
  #running = 0;

  constructor(width: number, maxWaiting: number) {
    this.#width = width;
    this.#maxWaiting = maxWaiting;
  }

  /** @throws ApiError 503 when too many wait already; the work has then not begun. */
  async run<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running >= this.#width) {
      if (this.#waiting.length >= this.#maxWaiting) {
        throw unavailable('Many people are signing in at this moment; try again shortly.');
      }
      // Whoever finishes hands its place over, so `#running` stays as it is.
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else {
      this.#running += 1;
    }
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running -= 1;
    }
  }
}
