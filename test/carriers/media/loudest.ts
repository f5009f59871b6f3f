import { SAMPLES_A_SECOND } from '../../../src/carriers/media/sound.ts';

/** The samples of 50 ms. */
const MOMENT = 400;

/** The part of a sound's energy that one frequency has, by the algorithm of Goertzel: 1 for a pure tone. */
export function shareOf(samples: Int16Array, frequency: number): number {
  const coefficient = 2 * Math.cos((2 * Math.PI * frequency) / SAMPLES_A_SECOND);
  let [before, last, energy] = [0, 0, 0];
  for (const sample of samples) {
    [before, last] = [last, sample + coefficient * last - before];
    energy += sample * sample;
  }
  const power = before * before + last * last - coefficient * before * last;
  return energy === 0 ? 0 : (2 * power) / (samples.length * energy);
}

/** The mean size of the samples, as an engineer says "RMS". */
export function loudness(samples: Int16Array): number {
  if (samples.length === 0) return 0;
  return Math.sqrt(samples.reduce((sum, one) => sum + one * one, 0) / samples.length);
}

/** The part of one frequency in the usual moment of a sound. A gap changes the moments around it only. */
export function usualShareOf(samples: Int16Array, frequency: number): number {
  const count = Math.floor(samples.length / MOMENT);
  const shares = Array.from({ length: count }, (_, index) =>
    shareOf(samples.subarray(index * MOMENT, (index + 1) * MOMENT), frequency),
  );
  return shares.toSorted((one, other) => one - other)[count >> 1] ?? 0;
}
