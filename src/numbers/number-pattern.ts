import type { Mask } from './numbering-plan.ts';

/** A place of a pattern: a digit, `*` for any one digit, `%` for any run of them. */
type Piece = string;

/** What a number is to hold: `Contains` of the lists of numbers on offer. */
export interface NumberPattern {
  /** What lies between the runs of any digits, each piece a digit or `*`. */
  readonly runs: readonly (readonly Piece[])[];
  readonly atStart: boolean;
  readonly atEnd: boolean;
}

export const MIN_PATTERN_LENGTH = 2;
export const MAX_PATTERN_LENGTH = 16;
/** A pattern with wildcards needs so many digits beside them. */
const MIN_DIGITS = 2;

const KEYPAD: Readonly<Record<string, string>> = Object.fromEntries(
  ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].flatMap((letters, index) =>
    [...letters].map((letter) => [letter, String(index + 2)]),
  ),
);

/**
 * Reads a pattern: digits, letters for the digits that they stand on, `*` for one digit, `%` for
 * any run of them, a leading `+` and a trailing `$` for the number's two ends. Without these it may
 * stand anywhere. Both of the documented ways to write one are of this form.
 * @returns null for anything else, and for one with wildcards that has less than two digits.
 */
export function readPattern(text: string): NumberPattern | null {
  if (text.length < MIN_PATTERN_LENGTH || text.length > MAX_PATTERN_LENGTH) return null;
  // A plus sign that nobody escaped arrives as a space.
  const [, start = '', middle = '', end = ''] = /^([+ ]?)([0-9A-Za-z*%]+)(\$?)$/.exec(text) ?? [];
  if (middle === '') return null;
  const digits = middle.toUpperCase().replaceAll(/[A-Z]/g, (letter) => KEYPAD[letter] ?? '');
  const isWild = /[*%]/.test(digits);
  if (isWild && digits.replaceAll(/[*%]/g, '').length < MIN_DIGITS) return null;
  return {
    runs: digits.split(/%+/).map((run) => [...run]),
    atStart: start !== '',
    atEnd: end !== '',
  };
}

/**
 * The numbers of a mask that fit a pattern, as narrower masks; some may overlap. They come one
 * after the other, as one is looked at only when those before it have not held enough.
 */
export function* placePattern(mask: Mask, pattern: NumberPattern | null): Generator<Mask> {
  if (pattern) yield* placeRuns(mask, pattern, 0, 0);
  else yield mask;
}

function* placeRuns(
  mask: Mask,
  pattern: NumberPattern,
  index: number,
  from: number,
): Generator<Mask> {
  const { runs, atStart, atEnd } = pattern;
  const run = runs[index];
  if (!run) {
    yield mask;
    return;
  }
  const isLast = index === runs.length - 1;
  const latest = mask.length - lengthFrom(runs, index);
  // An empty run at an end stands for whatever is there, and needs no place of its own.
  const isAnywhere = run.length === 0;
  const first = isLast && atEnd && !isAnywhere ? Math.max(from, latest) : from;
  const last = (index === 0 && atStart) || isAnywhere ? from : latest;
  for (let at = first; at <= last; at += 1) {
    const placed = placeRun(mask, run, at);
    if (placed) yield* placeRuns(placed, pattern, index + 1, at + run.length);
  }
}

/** How many digits a run and those behind it take. */
function lengthFrom(runs: NumberPattern['runs'], index: number): number {
  return runs.slice(index).reduce((sum, { length }) => sum + length, 0);
}

function placeRun(mask: Mask, run: readonly Piece[], at: number): Mask | null {
  if (at + run.length > mask.length) return null;
  const placed = [...mask];
  for (const [index, piece] of run.entries()) {
    if (piece === '*') continue;
    if (!mask[at + index]?.includes(piece)) return null;
    placed[at + index] = piece;
  }
  return placed;
}
