import { unwatchFile, watchFile } from 'node:fs';

/** The pause between two looks at the files. Polling works for every way in which editors save. */
const LOOK_MS = 200;

/** Notices changes of files, and files that appear, disappear or are replaced. */
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
   * Waits for the next change since the last call.
   * @returns the file; null when the signal came first
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
