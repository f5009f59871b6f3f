/** The sound inside the product: 16-bit samples of one channel at this rate. */
export const SAMPLES_A_SECOND = 8_000;
/** One packet of sound (RFC 3551 §4.2). */
export const FRAME_MS = 20;
export const FRAME_SAMPLES = (SAMPLES_A_SECOND * FRAME_MS) / 1_000;

/** The samples, or the silence, that a line hears. It is heard `loops` times. */
export interface Sound {
  /** In memory that threads share, so that nobody copies it; null: silence. */
  readonly samples: Int16Array<SharedArrayBuffer> | null;
  /** The samples of one time. */
  readonly length: number;
  readonly loops: number;
}

/** A sound that cannot be had. The message is a sentence for the timeline of the call. */
export class SoundError extends Error {}

export function samplesOf(seconds: number): number {
  return Math.round(seconds * SAMPLES_A_SECOND);
}

export function secondsOf(samples: number): number {
  return samples / SAMPLES_A_SECOND;
}

export function silence(seconds: number): Sound {
  return { samples: null, length: samplesOf(seconds), loops: 1 };
}

export function soundOf(samples: Int16Array): Sound {
  const shared = new Int16Array(new SharedArrayBuffer(samples.byteLength));
  shared.set(samples);
  return { samples: shared, length: samples.length, loops: 1 };
}
