import { createHmac } from 'node:crypto';
import { dispositionOf } from '../carrier/destination.ts';
import { type NumberPattern, placePattern } from './number-pattern.ts';
import type { Area, Mask } from './numbering-plan.ts';

/** After so many numbers in a row that cannot be offered, the search in a mask stops. */
const MAX_PASSED = 1_000;

/** A number in E.164 that may be offered, and its area. */
export interface DrawnNumber {
  readonly number: string;
  readonly area: Area;
}

/**
 * The numbers of some areas, each once. The areas take turns while they have numbers. The order
 * looks random and is the same for the same key. Numbers whose last digits have a special meaning
 * for the simulated carrier are left out.
 */
export function* drawNumbers(
  key: Buffer,
  areas: readonly Area[],
  pattern: NumberPattern | null,
): Generator<DrawnNumber> {
  let drawing = areas
    .map((area) => ({
      area,
      turn: seedOf(key, area.pattern.source),
      numbers: drawFrom(key, area, pattern),
    }))
    .toSorted((a, b) => a.turn - b.turn);
  while (drawing.length > 0) {
    const still: typeof drawing = [];
    for (const one of drawing) {
      const { value: number, done } = one.numbers.next();
      if (done) continue;
      yield { number, area: one.area };
      still.push(one);
    }
    drawing = still;
  }
}

function* drawFrom(
  key: Buffer,
  { masks }: Area,
  pattern: NumberPattern | null,
): Generator<string, undefined> {
  // If a pattern fits a number at two places, two masks contain the number.
  const drawn = new Set<string>();
  for (const mask of masks) {
    for (const placed of placePattern(mask, pattern)) {
      let passed = 0;
      for (const number of permute(key, placed)) {
        if (drawn.has(number) || dispositionOf(number) !== 'answers') {
          passed += 1;
          if (passed > MAX_PASSED) break;
          continue;
        }
        passed = 0;
        drawn.add(number);
        yield number;
      }
    }
  }
}

/** Every number of a mask once: a walk around all of them in steps of one length. */
function* permute(key: Buffer, mask: Mask): Generator<string> {
  const size = mask.reduce((product, { length }) => product * length, 1);
  const text = mask.join(' ');
  let at = Math.floor(seedOf(key, `${text} first`) * size);
  let step = Math.max(1, Math.floor(seedOf(key, `${text} step`) * size));
  while (divisor(step, size) !== 1) step += 1;
  for (let count = 0; count < size; count += 1) {
    yield numberAt(mask, at);
    at = (at + step) % size;
  }
}

function numberAt(mask: Mask, index: number): string {
  let rest = index;
  let number = '';
  for (const digits of mask.toReversed()) {
    number = `${digits[rest % digits.length]}${number}`;
    rest = Math.floor(rest / digits.length);
  }
  return `+${number}`;
}

function divisor(a: number, b: number): number {
  return b === 0 ? a : divisor(b, a % b);
}

const SEED_BYTES = 6;

/** A fraction from 0 to less than 1. */
function seedOf(key: Buffer, text: string): number {
  const digest = createHmac('sha256', key).update(text).digest();
  return digest.readUIntBE(0, SEED_BYTES) / 2 ** (8 * SEED_BYTES);
}
