import { FRAME_SAMPLES } from './sound.ts';

/** The samples between the arrival of a packet and its turn: two frames bridge usual jitter. */
const DELAY = 2 * FRAME_SAMPLES;
/** The samples that are kept at most: half a second. */
const MOST_AHEAD = 4_000;
/** A ring of a power of two, so that a place is found by its lowest bits. */
const RING = 8_192;
/** The packets in a row outside of the ring after which the far clock is taken anew. */
const MAX_STRAY = 3;

/**
 * Brings the samples of packets into order by their timestamps. Its size is fixed. A gap is silence,
 * and so is a far side that sends nothing while nobody speaks.
 */
export class JitterBuffer {
  readonly #ring = new Int16Array(RING);
  /** The timestamp of the next sample to be read; null before the first packet. */
  #next: number | null = null;
  #stray = 0;
  /** The packets that came too late or far too early. */
  dropped = 0;

  /** @param is_start whether sound begins after silence, when a new time is no surprise */
  put(timestamp: number, samples: Int16Array, { is_start }: { readonly is_start: boolean }): void {
    if (samples.length > MOST_AHEAD) return this.#drop();
    this.#next ??= timestamp - DELAY;
    const ahead = difference(timestamp, this.#next);
    if (ahead < 0 || ahead + samples.length > MOST_AHEAD) {
      this.#stray += 1;
      if (!is_start && this.#stray < MAX_STRAY) return this.#drop();
      this.#ring.fill(0);
      this.#next = timestamp - DELAY;
    }
    this.#stray = 0;
    for (let at = 0; at < samples.length; at += 1) {
      this.#ring[(timestamp + at) & (RING - 1)] = samples[at] as number;
    }
  }

  /** Reads the next frame, and leaves silence in its place. */
  take(): Int16Array {
    const frame = new Int16Array(FRAME_SAMPLES);
    if (this.#next === null) return frame;
    for (let at = 0; at < FRAME_SAMPLES; at += 1) {
      const place = (this.#next + at) & (RING - 1);
      frame[at] = this.#ring[place] as number;
      this.#ring[place] = 0;
    }
    this.#next = (this.#next + FRAME_SAMPLES) | 0;
    return frame;
  }

  /** Forgets everything, for a far side that begins anew. */
  clear(): void {
    this.#ring.fill(0);
    this.#next = null;
    this.#stray = 0;
  }

  #drop(): void {
    this.dropped += 1;
  }
}

/** The way from one timestamp to another, around the end of their range. */
function difference(to: number, from: number): number {
  return (to - from) | 0;
}
