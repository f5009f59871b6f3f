import type { Sound } from './sound.ts';

/** The sounds that are kept: about an hour of them in all, the least used go first. */
const MAX_SAMPLES = 32 * 1_024 * 1_024;
const MAX_SOUNDS = 1_000;
/** A longer tag is not kept. */
const MAX_TAG = 200;

interface Kept {
  readonly sound: Sound;
  /** The version of the file, as its server named it (RFC 9110 §8.8.3). */
  readonly etag: string;
}

/**
 * The sounds of files that were played, by their URLs. The server of a file is asked each time whether
 * its version still holds, so it decides each time who may have it.
 */
export class SoundCache {
  readonly #kept = new Map<string, Kept>();
  #samples = 0;

  get(url: string): Kept | null {
    const kept = this.#kept.get(url);
    if (!kept) return null;
    // The last one of the map was used last.
    this.#kept.delete(url);
    this.#kept.set(url, kept);
    return kept;
  }

  keep(url: string, etag: string | null, sound: Sound): void {
    this.#drop(url);
    if (etag === null || etag.length > MAX_TAG || sound.length > MAX_SAMPLES) return;
    this.#kept.set(url, { etag, sound });
    this.#samples += sound.length;
    for (const oldest of this.#kept.keys()) {
      if (this.#samples <= MAX_SAMPLES && this.#kept.size <= MAX_SOUNDS) break;
      this.#drop(oldest);
    }
  }

  #drop(url: string): void {
    this.#samples -= this.#kept.get(url)?.sound.length ?? 0;
    this.#kept.delete(url);
  }
}
