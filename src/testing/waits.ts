import { limit } from './real-timers.ts';

interface Wait {
  readonly look: () => void;
  readonly end: () => void;
}

/** The pending waits for an arrival. */
export class Waits {
  readonly #waiting = new Set<Wait>();

  /** Looks for a result for each wait after an arrival. The longest wait looks first. */
  look(): void {
    for (const { look } of this.#waiting) look();
  }

  /** Ends all waits with an error, because nothing more will arrive. */
  end(): void {
    for (const { end } of this.#waiting) end();
  }

  /**
   * Waits until `find` returns something or throws.
   * @param inVain makes the error for a wait that ended without a result; its argument says when
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
