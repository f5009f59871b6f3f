import { FRAME_MS } from './sound.ts';

/** The frames that are made up for after a delay. The rest is left out, as nobody waits for them. */
const MAX_CATCH_UP = 3;

/** The due times of frames. They are absolute, so that they do not drift. */
export class Schedule {
  readonly #begin: number;
  #done = 0;

  constructor(begin: number) {
    this.#begin = begin;
  }

  /** The frames that are due, and those that are left out. Both count as done. */
  take(now: number): { readonly frames: number; readonly skipped: number } {
    const due = Math.max(0, Math.floor((now - this.#begin) / FRAME_MS) - this.#done);
    this.#done += due;
    const frames = Math.min(due, MAX_CATCH_UP);
    return { frames, skipped: due - frames };
  }

  /** The milliseconds until the next frame. */
  wait(now: number): number {
    return Math.max(0, this.#begin + (this.#done + 1) * FRAME_MS - now);
  }
}
