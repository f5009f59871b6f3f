/**
 * A rough measure in bits of how hard a text is to guess. A character that repeats or continues the
 * previous one adds nothing. Any other adds as much as the number of different characters allows.
 */
export function bitsOf(text: string): number {
  const codes = Array.from(text, (character) => character.codePointAt(0) ?? 0);
  const steps = codes.map((code, index) => code - (codes[index - 1] ?? Number.NaN));
  const isSurprise = (index: number) =>
    !(Math.abs(steps[index] ?? 0) <= 1) && codes[index] !== codes[index - 2];
  const surprises = codes.filter((_, index) => isSurprise(index)).length;
  return surprises * Math.log2(new Set(codes).size);
}
