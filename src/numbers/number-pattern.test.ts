import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { placePattern, readPattern } from './number-pattern.ts';
import type { Mask } from './numbering-plan.ts';

const KEYS = ['', '', 'abc', 'def', 'ghi', 'jkl', 'mno', 'pqrs', 'tuv', 'wxyz'];

/** The documented meaning of a pattern, as a regular expression. */
function naively(pattern: string): RegExp {
  const pieces = [...pattern].map((piece, index) => {
    if (piece === '+' && index === 0) return '^';
    if (piece === '$' && index === pattern.length - 1) return '$';
    if (piece === '*') return String.raw`\d`;
    if (piece === '%') return String.raw`\d*`;
    const key = KEYS.findIndex((letters) => letters.includes(piece.toLowerCase()));
    return /\d/.test(piece) ? piece : String(key);
  });
  return new RegExp(pieces.join(''));
}

/** Every number of a mask. */
function numbersOf(mask: Mask): string[] {
  return mask.reduce(
    (numbers, digits) => numbers.flatMap((number) => [...digits].map((digit) => number + digit)),
    [''],
  );
}

const masks = fc
  .array(fc.uniqueArray(fc.constantFrom(...'0123456789'), { minLength: 1, maxLength: 4 }), {
    minLength: 4,
    maxLength: 6,
  })
  .map((places) => places.map((digits) => digits.join('')));

const patterns = fc
  .tuple(
    fc.constantFrom('', '+'),
    fc.string({ unit: fc.constantFrom(...'012345*%adgM'), minLength: 1, maxLength: 6 }),
    fc.constantFrom('', '$'),
  )
  .map((parts) => parts.join(''));

suite('a pattern of numbers', () => {
  test('finds exactly the matching numbers, with any digits around the match', () => {
    fc.assert(
      fc.property(masks, patterns, (mask, text) => {
        const pattern = readPattern(text);
        fc.pre(pattern !== null);
        const found = [...placePattern(mask, pattern)].flatMap(numbersOf);
        const meant = numbersOf(mask).filter((number) => naively(text).test(number));
        assert.deepEqual([...new Set(found)].toSorted(), meant.toSorted());
      }),
      { numRuns: 2_000 },
    );
  });

  test('is refused when it is malformed', () => {
    const wrong = ['', '1', '1'.repeat(17), '4-15', '4 15', '(415)', '4+15', '$415', '4$15', '+$'];
    const wild = ['**', '%1', '*1*', '+*5$', '%', 'é1', '١٢'];
    for (const text of [...wrong, ...wild]) assert.equal(readPattern(text), null, text);
    const right = ['12', '1*2', '12%', '+1415', '0000$', 'STORM', '510555****', ' 1415', '%%12'];
    for (const text of right) assert.notEqual(readPattern(text), null, text);
  });
});
