import { limit } from './real-timers.ts';

interface Wait {
  readonly look: () => void;
  readonly end: () => void;
}

/** Those who wait for something to arrive. */
export class Waits {
  readonly #waiting = new Set<Wait>();

  /** Something has arrived. Each finds at most one thing, and who has waited longest looks first. */
  look(): void {
    for (const { look } of this.#waiting) look();
  }

  /** Nothing will arrive any more. */
  end(): void {
    for (const { end } of this.#waiting) end();
  }

  /**
   * Waits until `find` has found something, or throws.
   * @param inVain the error when the time is up or all has ended, of which it is told
   */
  async until<T>(
    find: () => T | undefined,
    timeout: number,
    inVain: (when: string) => Error,
  ): Promise<T> {
    const { over, stop } = limit(timeout, (): never => {
      throw inVain(`within ${timeout} ms`);
    });
    let wait: Wait | null = null;
    const found = new Promise<T>((resolve, reject) => {
      const own: Wait = {
        look: () => {
          try {
            const one = find();
            if (one === undefined) return;
            resolve(one);
          } catch (error) {
            reject(error);
          }
          this.#waiting.delete(own);
        },
        end: () => reject(inVain('before it was closed')),
      };
      wait = own;
      this.#waiting.add(own);
      own.look();
    });
    try {
      return await Promise.race([found, over]);
    } finally {
      if (wait) this.#waiting.delete(wait);
      stop();
    }
  }
}
