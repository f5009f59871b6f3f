import { FRAME_SAMPLES, SAMPLES_A_SECOND } from './sound.ts';
import { COLUMNS, KEYS, ROWS } from './tones.ts';

/** Windows of 20 ms begin every 10 ms. A key is there in two of them, so a tone of 40 ms is heard. */
const WINDOW = FRAME_SAMPLES;
const STEP = WINDOW / 2;
const HITS = 2;
/** The windows without a key after which the same key is another press. */
const MISSES = 2;
/** The mean energy of a sample below which there is no tone. */
const LEAST_ENERGY = 100 ** 2;
/** The part of the energy that both tones have together, and each of them at least. */
const BOTH = 0.7;
const EACH = 0.1;

const GROUPS = [ROWS, COLUMNS].map((group) =>
  group.map((hertz) => 2 * Math.cos((2 * Math.PI * hertz) / SAMPLES_A_SECOND)),
);

/** Finds keys in the sound of a far side that does not send them as events (ITU-T Q.23, Q.24). */
export class KeyTones {
  readonly #heardKey: (key: string) => void;
  readonly #window = new Int16Array(WINDOW + STEP);
  #key: string | null = null;
  #hits = 0;
  #misses = 0;
  #isPressed = false;

  constructor(heardKey: (key: string) => void) {
    this.#heardKey = heardKey;
  }

  /** Hears the next frame. */
  hear(frame: Int16Array): void {
    this.#window.copyWithin(0, WINDOW);
    this.#window.set(frame, STEP);
    this.#look(this.#window.subarray(0, WINDOW));
    this.#look(this.#window.subarray(STEP));
  }

  #look(window: Int16Array): void {
    const key = keyIn(window);
    if (key === null) {
      this.#misses += 1;
      this.#hits = 0;
      if (this.#misses >= MISSES) this.#isPressed = false;
      return;
    }
    if (key !== this.#key) [this.#key, this.#hits, this.#isPressed] = [key, 0, false];
    this.#misses = 0;
    this.#hits += 1;
    if (this.#hits < HITS || this.#isPressed) return;
    this.#isPressed = true;
    this.#heardKey(key);
  }
}

/** The key whose two tones are nearly all of a window; null without one. */
function keyIn(window: Int16Array): string | null {
  let energy = 0;
  for (const sample of window) energy += sample * sample;
  if (energy < LEAST_ENERGY * WINDOW) return null;
  const [row, column] = GROUPS.map((group) => strongest(window, group, energy));
  if (!row || !column) return null;
  const isKey = row.share + column.share >= BOTH && Math.min(row.share, column.share) >= EACH;
  return isKey ? (KEYS[row.index * 4 + column.index] ?? null) : null;
}

/** The frequency of a group with the largest part of the energy, by the algorithm of Goertzel. */
function strongest(window: Int16Array, coefficients: readonly number[], energy: number) {
  let best = { index: 0, share: 0 };
  for (const [index, coefficient] of coefficients.entries()) {
    let [before, last] = [0, 0];
    for (const sample of window) [before, last] = [last, sample + coefficient * last - before];
    const power = before * before + last * last - coefficient * before * last;
    const share = (2 * power) / (WINDOW * energy);
    if (share > best.share) best = { index, share };
  }
  return best;
}
