/** The ways that keys of a telephone come by: RFC 4733, the request INFO, and tones in the sound. */
export type KeyWay = 'events' | 'info' | 'tones';

/** The keys of the far side of one call. */
export class KeyPad {
  readonly #listeners = new Set<(key: string) => void>();
  #way: KeyWay | null = null;

  /**
   * Takes a key. Some telephones send each key in two ways, so the way of the first key stays, and keys
   * by another way are not heard.
   */
  press(key: string, way: KeyWay): void {
    this.#way ??= way;
    if (way !== this.#way) return;
    for (const listener of this.#listeners) listener(key);
  }

  /** Hears each key from now on. @returns what ends it */
  listen(heard: (key: string) => void): () => void {
    this.#listeners.add(heard);
    return () => void this.#listeners.delete(heard);
  }

  /** Another telephone may be on the line, with another way. */
  forgetWay(): void {
    this.#way = null;
  }
}
