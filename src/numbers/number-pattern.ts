import type { Mask } from './numbering-plan.ts';

/** A piece of a pattern: a digit, `*` for any single digit, `%` for any run of digits. */
type Piece = string;

/** The pattern of `Contains` in the lists of numbers on offer. */
export interface NumberPattern {
  /** The parts between the `%`, each a list of digits and `*`. */
  readonly runs: readonly (readonly Piece[])[];
  readonly at_start: boolean;
  readonly at_end: boolean;
}

export const MIN_PATTERN_LENGTH = 2;
export const MAX_PATTERN_LENGTH = 16;
/** The least number of digits in a pattern with wildcards. */
const MIN_DIGITS = 2;

const KEYPAD: Readonly<Record<string, string>> = Object.fromEntries(
  ['ABC', 'DEF', 'GHI', 'JKL', 'MNO', 'PQRS', 'TUV', 'WXYZ'].flatMap((letters, index) =>
    [...letters].map((letter) => [letter, String(index + 2)]),
  ),
);

/**
 * Reads a pattern: digits, letters of the telephone keypad, `*` for one digit, `%` for any run of
 * digits, a leading `+` for the beginning of the number and a trailing `$` for its end. Without
 * these two the pattern fits anywhere in the number. Both documented notations have this form.
 * @returns null for other text, and for a pattern with wildcards and less than two digits
 */
export function readPattern(text: string): NumberPattern | null {
  if (text.length < MIN_PATTERN_LENGTH || text.length > MAX_PATTERN_LENGTH) return null;
  // An unescaped plus sign arrives as a space.
  const [, start = '', middle = '', end = ''] = /^([+ ]?)([0-9A-Za-z*%]+)(\$?)$/.exec(text) ?? [];
  if (middle === '') return null;
  const digits = middle.toUpperCase().replaceAll(/[A-Z]/g, (letter) => KEYPAD[letter] ?? '');
  const isWild = /[*%]/.test(digits);
  if (isWild && digits.replaceAll(/[*%]/g, '').length < MIN_DIGITS) return null;
  return {
    runs: digits.split(/%+/).map((run) => [...run]),
    at_start: start !== '',
    at_end: end !== '',
  };
}

/**
 * The numbers of a mask that fit a pattern, as narrower masks, which may overlap. It is a
 * generator, because the caller needs the next mask only when the earlier ones do not hold enough
 * numbers.
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
  const { runs, at_start, at_end } = pattern;
  const run = runs[index];
  if (!run) {
    yield mask;
    return;
  }
  const isLast = index === runs.length - 1;
  const latest = mask.length - lengthFrom(runs, index);
  // An empty part at an end fits anything, and needs no place.
  const isAnywhere = run.length === 0;
  const first = isLast && at_end && !isAnywhere ? Math.max(from, latest) : from;
  const last = (index === 0 && at_start) || isAnywhere ? from : latest;
  for (let at = first; at <= last; at += 1) {
    const placed = placeRun(mask, run, at);
    if (placed) yield* placeRuns(placed, pattern, index + 1, at + run.length);
  }
}

/** The number of digits of a part and of all later parts. */
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

/** The pattern for `LIKE` over numbers in E.164. It leaves out short codes. */
export function likeOf(pattern: NumberPattern | null): string {
  if (!pattern) return '+%';
  const { runs, at_start, at_end } = pattern;
  const middle = runs.map((run) => run.join('').replaceAll('*', '_')).join('%');
  return `+${at_start ? '' : '%'}${middle}${at_end ? '' : '%'}`;
}
