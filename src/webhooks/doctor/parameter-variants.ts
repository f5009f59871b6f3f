import { decoded } from './decoded.ts';
import type { Mistake, Variant } from './mistakes.ts';

/** Decoded names and values of a form. */
export type Pairs = readonly (readonly [string, string])[];

/** White space that programs remove from the ends of values. */
const TRIMMED = [' ', '\n', '\r\n'];

/**
 * The parameters that may have been sent, when the receiver's code checked these: each list
 * differs by one usual mistake.
 * @param query the parameters in the query of the URL, decoded
 */
export function* parameterVariants(pairs: Pairs, query: Pairs): Generator<Variant<Pairs>> {
  yield* wholeVariants(pairs, query);
  for (const [at, [name, value]] of pairs.entries()) {
    for (const space of TRIMMED) {
      yield { value: pairs.with(at, [name, value + space]), mistakes: ['trimmed'] };
      yield { value: pairs.with(at, [name, space + value]), mistakes: ['trimmed'] };
    }
  }
}

/** The variants whose mistake changed all values in the same way. */
export function wholeVariants(pairs: Pairs, query: Pairs): Variant<Pairs>[] {
  const changed = (change: (text: string) => string) =>
    pairs.map(([name, value]) => [name, change(value)] as const);
  const isInQuery = ([name, value]: readonly [string, string]) =>
    query.some(([other, its]) => other === name && its === value);
  const all: readonly (readonly [Mistake, Pairs])[] = [
    ['plus-as-space', changed((value) => value.replace(/^ (?=\d)/, '+'))],
    ['plus-as-space', changed((value) => value.replaceAll(' ', '+'))],
    ['space-as-plus', changed((value) => value.replaceAll('+', ' '))],
    ['line-ends', changed((value) => value.replaceAll(/(?<!\r)\n/g, '\r\n'))],
    ['line-ends', changed((value) => value.replaceAll('\r\n', '\n'))],
    ['charset', changed(readAsUtf8)],
    ['still-encoded', pairs.map(([name, value]) => [decoded(name), decoded(value)] as const)],
    ['query-in-parameters', pairs.filter((pair) => !isInQuery(pair))],
  ];
  return all
    .filter(([, value]) => !isSame(value, pairs))
    .map(([mistake, value]) => ({ value, mistakes: [mistake] }));
}

/** The mistakes that lie between the parameters that were checked and those that were sent. */
export function parameterMistakes(checked: Pairs, sent: Pairs): Mistake[] {
  const [ours, theirs] = [new Map(checked), new Map(sent)];
  const missing = sent.filter(([name]) => !ours.has(name));
  const found: Mistake[] = [];
  if (missing.some(([, value]) => value !== '')) found.push('parameters-missing');
  else if (missing.length > 0) found.push('empty-missing');
  if (checked.some(([name]) => !theirs.has(name))) found.push('parameters-added');
  if (sent.some(([name, value]) => ours.has(name) && ours.get(name) !== value)) {
    const shared = checked.filter(([name]) => theirs.has(name));
    const wanted = shared.map(([name]) => [name, theirs.get(name) ?? ''] as const);
    const usual = parameterVariants(shared, []).find(({ value }) => isSame(value, wanted));
    found.push(...(usual?.mistakes ?? (['parameters-changed'] as const)));
  }
  return found;
}

function isSame(one: Pairs, other: Pairs): boolean {
  return (
    one.length === other.length &&
    one.every(([name, value], at) => other[at]?.[0] === name && other[at][1] === value)
  );
}

/** The text whose UTF-8 bytes were read as Latin-1; other text stays unchanged. */
function readAsUtf8(text: string): string {
  const bytes = Buffer.from(text, 'latin1');
  if (bytes.toString('latin1') !== text) return text;
  const read = bytes.toString('utf8');
  return read.includes('\uFFFD') ? text : read;
}
