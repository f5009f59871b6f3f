import { FRAME_SAMPLES, type Sound } from './sound.ts';

/** The most sounds that wait on one line. */
const MAX_QUEUED = 32;

/** A sound that is over, or was stopped. */
export interface Played {
  readonly play: number;
  /** The samples that were heard. */
  readonly samples: number;
  readonly is_whole: boolean;
}

interface Playing {
  readonly play: number;
  readonly sound: Sound;
  heard: number;
}

/** The sounds of one line, one after the other. */
export class SoundQueue {
  readonly #queue: Playing[] = [];
  readonly #ended: (played: Played) => void;

  constructor(ended: (played: Played) => void) {
    this.#ended = ended;
  }

  add(play: number, sound: Sound): void {
    if (this.#queue.length >= MAX_QUEUED) this.#ended({ play, samples: 0, is_whole: false });
    else this.#queue.push({ play, sound, heard: 0 });
  }

  stop(play: number): void {
    const index = this.#queue.findIndex((one) => one.play === play);
    const [stopped] = index < 0 ? [] : this.#queue.splice(index, 1);
    if (stopped) this.#ended({ play, samples: stopped.heard, is_whole: false });
  }

  stopAll(): void {
    for (let [first] = this.#queue; first; [first] = this.#queue) this.stop(first.play);
  }

  /** The next frame. @returns null when nothing plays */
  next(): Int16Array | null {
    let frame: Int16Array | null = null;
    let at = 0;
    for (let [first] = this.#queue; first && at < FRAME_SAMPLES; [first] = this.#queue) {
      const { sound } = first;
      const whole = sound.length * sound.loops;
      const count = Math.min(FRAME_SAMPLES - at, whole - first.heard);
      frame ??= new Int16Array(FRAME_SAMPLES);
      if (sound.samples) copy(sound.samples, first.heard, frame.subarray(at, at + count));
      first.heard += count;
      at += count;
      if (first.heard < whole) continue;
      this.#queue.shift();
      this.#ended({ play: first.play, samples: whole, is_whole: true });
    }
    return at === 0 ? null : frame;
  }
}

/** Copies from a place on, and from the beginning again after the end. */
function copy(samples: Int16Array, place: number, into: Int16Array): void {
  for (let at = 0; at < into.length; at += 1) {
    into[at] = samples[(place + at) % samples.length] as number;
  }
}
