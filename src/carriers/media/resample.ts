import { setImmediate } from 'node:timers/promises';
import { SAMPLES_A_SECOND } from './sound.ts';

/** The zero crossings of the filter on each side. */
const CROSSINGS = 10;
/** The part of the band that stays; the rest is the slope of the filter. */
const BAND = 0.92;
/** The most places between two samples that the filter tells apart. */
const MAX_PHASES = 512;
/** The samples that are made before others get their turn. */
const SLICE = 4_000;

/**
 * Samples at another rate, for a call. A filter takes away what the rate of a call cannot hold, and
 * would sound as a false tone.
 */
export async function toCallRate(samples: Int16Array, rate: number): Promise<Int16Array> {
  if (rate === SAMPLES_A_SECOND) return samples;
  const step = rate / SAMPLES_A_SECOND;
  const filter = makeFilter(rate);
  const made = new Int16Array(Math.floor(samples.length / step));
  for (let at = 0; at < made.length; at += 1) {
    made[at] = Math.max(-32_768, Math.min(32_767, Math.round(valueAt(samples, at * step, filter))));
    if (at % SLICE === SLICE - 1) await setImmediate();
  }
  return made;
}

interface Filter {
  readonly half: number;
  /** The weights for each place between two samples. */
  readonly phases: readonly Float64Array[];
}

function valueAt(samples: Int16Array, place: number, { half, phases }: Filter): number {
  let whole = Math.floor(place);
  let phase = Math.round((place - whole) * phases.length);
  if (phase === phases.length) {
    phase = 0;
    whole += 1;
  }
  const weights = phases[phase] as Float64Array;
  let sum = 0;
  for (let tap = 0; tap < weights.length; tap += 1) {
    const index = whole + tap - half + 1;
    if (index >= 0 && index < samples.length) {
      sum += (samples[index] as number) * (weights[tap] as number);
    }
  }
  return sum;
}

/** A sinc with a window, once for each phase. The weights of each phase add up to 1. */
function makeFilter(rate: number): Filter {
  const divisor = greatestDivisor(rate, SAMPLES_A_SECOND);
  const count = Math.min(SAMPLES_A_SECOND / divisor, MAX_PHASES);
  const cutoff = Math.min(1, SAMPLES_A_SECOND / rate) * BAND;
  const half = Math.ceil(CROSSINGS / cutoff);
  const phases = Array.from({ length: count }, (_, phase) => {
    const weights = Float64Array.from({ length: 2 * half }, (__, tap) =>
      weight(tap - half + 1 - phase / count, cutoff, half),
    );
    const sum = weights.reduce((total, one) => total + one, 0);
    return weights.map((one) => one / sum);
  });
  return { half, phases };
}

function weight(distance: number, cutoff: number, half: number): number {
  const angle = Math.PI * distance * cutoff;
  const sinc = angle === 0 ? 1 : Math.sin(angle) / angle;
  return Math.abs(distance) >= half
    ? 0
    : sinc * (0.5 + 0.5 * Math.cos((Math.PI * distance) / half));
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other);
}
