import { createHmac } from 'node:crypto';
import { formText } from '../signature.ts';
import type { Mistake, Variant } from './mistakes.ts';
import { type Pairs, wholeVariants } from './parameter-variants.ts';
import type { SigningKey } from './signature-case.ts';
import { Tries } from './tries.ts';
import { queryPairs, urlVariants } from './url-variants.ts';

/** A request whose text is known. */
interface Known {
  readonly url: string;
  readonly pairs: Pairs;
  readonly body: string | null;
}

/** The ways to write an HMAC, the right one first. */
const WAYS: readonly {
  hash: 'sha1' | 'sha256';
  as: BufferEncoding;
  mistakes: readonly Mistake[];
}[] = [
  { hash: 'sha1', as: 'base64', mistakes: [] },
  { hash: 'sha1', as: 'hex', mistakes: ['hex'] },
  { hash: 'sha1', as: 'base64url', mistakes: ['base64url'] },
  { hash: 'sha256', as: 'base64', mistakes: ['sha256'] },
  { hash: 'sha256', as: 'hex', mistakes: ['sha256', 'hex'] },
];

/**
 * The mistakes of code that made this signature of a request.
 * @returns an empty list for a right signature, and null when no usual mistake explains it
 */
export function ownMistakes(
  computed: string,
  request: Known,
  keys: readonly SigningKey[],
): Mistake[] | null {
  const made = computed.trim();
  const tries = new Tries();
  for (const text of textsOf(request)) {
    for (const key of keys) {
      for (const { hash, as, mistakes } of WAYS) {
        if (!tries.spend(text.value)) return null;
        const wanted = createHmac(hash, key.token).update(text.value).digest(as);
        const isSame = as === 'hex' ? wanted === made.toLowerCase() : wanted === made;
        if (!isSame) continue;
        return [...text.mistakes, ...mistakes, ...(key.is_usual ? [] : (['token'] as const))];
      }
    }
  }
  return null;
}

/** The texts that code may have signed. */
function* textsOf({ url, pairs, body }: Known): Generator<Variant<string>> {
  const form = formText(pairs);
  const joins: Variant<string>[] = [
    { value: form, mistakes: [] },
    { value: pairs.flat().join(''), mistakes: ['unsorted'] },
    { value: byLetter(pairs).flat().join(''), mistakes: ['sorted-by-letter'] },
    { value: '', mistakes: ['no-parameters'] },
    { value: formText(pairs.filter(([, value]) => value !== '')), mistakes: ['empty-missing'] },
    { value: formText([...pairs, ...queryPairs(url)]), mistakes: ['query-in-parameters'] },
    ...(body === null ? [] : ([{ value: body, mistakes: ['raw-body'] }] as const)),
    ...wholeVariants(pairs, []).map(({ value, mistakes }) => ({
      value: formText(value),
      mistakes,
    })),
  ];
  const urls: Variant<string>[] = [
    { value: url, mistakes: [] },
    { value: url.replace(/\?.*$/, ''), mistakes: ['query-missing'] },
    ...urlVariants(url).map(({ value, mistakes }) => ({ value, mistakes: reversed(mistakes) })),
  ];
  for (const one of urls) {
    for (const join of joins) {
      yield { value: one.value + join.value, mistakes: [...one.mistakes, ...join.mistakes] };
    }
  }
}

/** A variant of the right URL is the wrong one here, so a port that it lacks is missing. */
function reversed(mistakes: readonly Mistake[]): Mistake[] {
  return mistakes.map((mistake) => {
    if (mistake === 'port-added') return 'port-missing';
    return mistake === 'port-missing' ? 'port-added' : mistake;
  });
}

function byLetter(pairs: Pairs): Pairs {
  return pairs.toSorted(([one], [other]) => {
    const [a, b] = [one.toLowerCase(), other.toLowerCase()];
    if (a === b) return 0;
    return a < b ? -1 : 1;
  });
}
