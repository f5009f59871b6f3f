import { unwatchFile, watchFile } from 'node:fs';

/** How often files are looked at, in milliseconds: editors replace them in many ways. */
const LOOK_MS = 200;

/** Notices changes of files, also of those that come, go and are replaced. */
export class FileWatch implements Disposable {
  readonly #files: readonly string[];
  #changed: string | null = null;
  #wake: (() => void) | null = null;

  constructor(files: readonly string[]) {
    this.#files = [...new Set(files)];
    for (const file of this.#files) {
      watchFile(file, { interval: LOOK_MS }, () => {
        this.#changed ??= file;
        this.#wake?.();
      });
    }
  }

  /**
   * Waits for the next change, one that came since the last call included.
   * @returns the file; null where the signal came first
   */
  async next(signal: AbortSignal): Promise<string | null> {
    if (!signal.aborted && this.#changed === null) {
      const { promise, resolve } = Promise.withResolvers<void>();
      this.#wake = resolve;
      signal.addEventListener('abort', () => resolve(), { once: true });
      await promise;
    }
    const changed = this.#changed;
    this.#changed = null;
    return signal.aborted ? null : changed;
  }

  [Symbol.dispose](): void {
    for (const file of this.#files) unwatchFile(file);
  }
}
