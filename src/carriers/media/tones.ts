import { SAMPLES_A_SECOND, samplesOf } from './sound.ts';

/** The loudness of a tone, beside a full scale of 32,767. */
const AMPLITUDE = 6_000;
/** A tone begins and ends softly, so that it does not click. */
const EDGE = samplesOf(0.005);

/** The frequencies of the keys: a low one for the row, and a high one for the column (ITU-T Q.23). */
export const ROWS = [697, 770, 852, 941];
export const COLUMNS = [1_209, 1_336, 1_477, 1_633];
export const KEYS = '123A456B789C*0#D';
const KEY_SECONDS = 0.1;
const GAP_SECONDS = 0.1;
const WAITS: Readonly<Record<string, number>> = { w: 0.5, W: 1 };

/** Several frequencies at once. */
export function tone(frequencies: readonly number[], seconds: number): Int16Array {
  const samples = new Int16Array(samplesOf(seconds));
  const { length } = samples;
  for (let at = 0; at < length; at += 1) {
    const edge = Math.min(1, at / EDGE, (length - at) / EDGE);
    let sum = 0;
    for (const frequency of frequencies) {
      sum += Math.sin((2 * Math.PI * frequency * at) / SAMPLES_A_SECOND);
    }
    samples[at] = AMPLITUDE * edge * sum;
  }
  return samples;
}

/** Keys of a telephone as tones. Each `w` waits half a second and each `W` a second. */
export function keyTones(keys: string): Int16Array {
  const parts = [...keys].map((key) => {
    const wait = WAITS[key];
    if (wait !== undefined) return new Int16Array(samplesOf(wait));
    const place = KEYS.indexOf(key);
    const [row = 0, column = 0] = [ROWS[place >> 2], COLUMNS[place & 3]];
    return joined([tone([row, column], KEY_SECONDS), new Int16Array(samplesOf(GAP_SECONDS))]);
  });
  return joined(parts);
}

function joined(parts: readonly Int16Array[]): Int16Array {
  const whole = new Int16Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}
