import { createHash, createHmac, timingSafeEqual } from 'node:crypto';
import { formText } from '../signature.ts';
import type { Mistake, Variant } from './mistakes.ts';
import { ownMistakes } from './own-mistakes.ts';
import { type Pairs, parameterMistakes, parameterVariants } from './parameter-variants.ts';
import type { SentRequest, SignatureCase, SigningKey } from './signature-case.ts';
import { Tries } from './tries.ts';
import { queryPairs, urlMistakes, urlVariants, withHost, withQuery } from './url-variants.ts';

export interface Diagnosis {
  /** `right`: the signature fits the request as it is. `unknown`: no usual mistake explains it. */
  readonly verdict: 'right' | 'mistaken' | 'unknown';
  /** The token that signed the request. */
  readonly key: string | null;
  /** The mistakes that together explain the difference. */
  readonly mistakes: readonly Mistake[];
  /** The text that the request has to sign, as it was given. */
  readonly checked: string;
  /** The text that was signed; null for an unknown one. */
  readonly signed: string | null;
  /** The mistakes of the receiver's own code; null without its signature, or for unknown ones. */
  readonly own_mistakes: readonly Mistake[] | null;
}

/** A text that may have been signed. */
interface Candidate extends Variant<string> {
  readonly url: string;
  readonly pairs: Pairs;
}

/**
 * Finds out which usual mistake keeps a signature from fitting: the request as it was given, then
 * requests that were certainly sent, then one mistake, then two together. It is pure and bounded.
 */
export function diagnose(
  given: SignatureCase,
  keys: readonly SigningKey[],
  sent: readonly SentRequest[] = [],
): Diagnosis {
  const checked = given.url + (isWholeJson(given) ? '' : formText(given.pairs));
  const found = findSigner(given, keys, sent);
  const fitting = found?.candidate ?? { url: given.url, pairs: given.pairs };
  const own_mistakes =
    given.computed === null ? null : ownMistakes(given.computed, { ...given, ...fitting }, keys);
  if (!found) {
    return { verdict: 'unknown', key: null, mistakes: [], checked, signed: null, own_mistakes };
  }
  const { candidate, key } = found;
  const mistakes = [...candidate.mistakes, ...(key.is_usual ? [] : (['token'] as const))];
  if (isBodyChanged(given, candidate.url)) mistakes.push('json-changed');
  return {
    verdict: mistakes.length === 0 ? 'right' : 'mistaken',
    key: key.name,
    mistakes,
    checked,
    signed: candidate.value,
    own_mistakes,
  };
}

/** Tries the candidates, the likely ones first. */
function findSigner(
  given: SignatureCase,
  keys: readonly SigningKey[],
  sent: readonly SentRequest[],
): { candidate: Candidate; key: SigningKey } | null {
  const wanted = Buffer.from(given.signature.trim(), 'base64');
  const seen = new Set<string>();
  const tries = new Tries();
  for (const candidate of candidatesOf(given, sent)) {
    if (seen.has(candidate.value)) continue;
    seen.add(candidate.value);
    for (const key of keys) {
      if (!tries.spend(candidate.value)) return null;
      const made = createHmac('sha1', key.token).update(candidate.value).digest();
      if (made.length === wanted.length && timingSafeEqual(made, wanted)) return { candidate, key };
    }
  }
  return null;
}

function* candidatesOf(given: SignatureCase, sent: readonly SentRequest[]): Generator<Candidate> {
  const { url, pairs } = given;
  const plain = candidate(url, pairs, []);
  const alone = candidate(url, [], []);
  if (given.is_json) yield alone;
  yield plain;
  for (const request of sent) {
    const mistakes = [
      ...urlMistakes(url, request.url),
      ...(given.is_json ? [] : parameterMistakes(pairs, request.pairs)),
    ];
    yield { value: request.signed, url: request.url, pairs: request.pairs, mistakes };
  }
  const urls = [...urlVariants(url), ...proxied(given), ...hashed(given)];
  const lists = () => parameterVariants(pairs, queryPairs(url));
  for (const one of urls) yield* withUrl(given, one, pairs, []);
  for (const list of lists()) yield candidate(url, list.value, list.mistakes);
  yield asGet(url, pairs, []);
  for (const one of urls) {
    for (const two of urlVariants(one.value)) {
      if (two.mistakes.some((mistake) => one.mistakes.includes(mistake))) continue;
      const both = { value: two.value, mistakes: [...one.mistakes, ...two.mistakes] };
      yield* withUrl(given, both, pairs, []);
    }
    yield asGet(one.value, pairs, one.mistakes);
    for (const list of lists()) yield* withUrl(given, one, list.value, list.mistakes);
  }
}

function* withUrl(
  given: SignatureCase,
  url: Variant<string>,
  pairs: Pairs,
  mistakes: readonly Mistake[],
): Generator<Candidate> {
  const all = [...url.mistakes, ...mistakes];
  if (given.is_json) yield candidate(url.value, [], all);
  yield candidate(url.value, pairs, all);
}

function candidate(url: string, pairs: Pairs, mistakes: readonly Mistake[]): Candidate {
  return { value: url + formText(pairs), url, pairs, mistakes };
}

/** The request as a GET, whose parameters are in its query. */
function asGet(url: string, pairs: Pairs, mistakes: readonly Mistake[]): Candidate {
  const form = new URLSearchParams(pairs.map(([name, value]) => [name, value])).toString();
  const whole = form === '' ? url : withQuery(url, form);
  return candidate(whole, [], [...mistakes, 'get-parameters']);
}

function proxied({ url, forwarded_host }: SignatureCase): Variant<string>[] {
  const value = forwarded_host === null ? null : withHost(url, forwarded_host);
  return value === null ? [] : [{ value, mistakes: ['host'] }];
}

function hashed({ url, body, is_json }: SignatureCase): Variant<string>[] {
  if (!is_json || body === null) return [];
  return [{ value: withQuery(url, `bodySHA256=${sha256(body)}`), mistakes: ['body-hash'] }];
}

/** Whether the request is JSON that its URL covers, so that its fields are not signed. */
function isWholeJson({ is_json, url }: SignatureCase): boolean {
  return is_json && queryPairs(url).some(([name]) => name === 'bodySHA256');
}

function isBodyChanged({ is_json, body }: SignatureCase, url: string): boolean {
  const hash = queryPairs(url).find(([name]) => name === 'bodySHA256')?.[1];
  return is_json && body !== null && hash !== undefined && hash.toLowerCase() !== sha256(body);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
