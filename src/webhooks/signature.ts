import { createHash, createHmac } from 'node:crypto';
import { wireUrl } from './webhook-url.ts';

/** The value of `X-Twilio-Signature`, and the exact text that it signs. */
export interface Signature {
  readonly signature: string;
  readonly signed: string;
}

/**
 * Signs a request that carries form parameters, or none: docs/contract/webhooks.md, "Signatures".
 * The signed text is the URL, then each parameter's name and value in byte order of the
 * names. The values of a repeated name are sorted, and equal ones count once. Official validators
 * disagree about repeated names, so none should be sent.
 */
export function signForm(
  token: string,
  url: string,
  parameters: readonly (readonly [string, string])[],
): Signature {
  return signText(token, wireUrl(url) + formText(parameters));
}

/** The part of a signed text that stands for the parameters of a form. */
export function formText(parameters: readonly (readonly [string, string])[]): string {
  const sorted = parameters.toSorted(
    ([name, value], [otherName, otherValue]) =>
      compareBytes(name, otherName) || compareBytes(value, otherValue),
  );
  const pairs = sorted.filter(([name, value], at) => {
    const [nameBefore, valueBefore] = sorted[at - 1] ?? [];
    return name !== nameBefore || value !== valueBefore;
  });
  return pairs.flat().join('');
}

/**
 * Signs a request whose body is JSON: `bodySHA256`, the hash of the body, becomes the last
 * parameter of the URL, and the URL alone is signed.
 * @returns the signature and the URL to request.
 */
export function signJson(
  token: string,
  url: string,
  body: string,
): Signature & { readonly url: string } {
  const [base = '', query = ''] = splitOnce(wireUrl(url), '?');
  const hash = createHash('sha256').update(body).digest('hex');
  // A validator reads the first parameter of this name, so one in the given URL must be removed.
  const kept = query.split('&').filter((pair) => pair !== '' && !/^bodySHA256(=|$)/.test(pair));
  const whole = `${base}?${[...kept, `bodySHA256=${hash}`].join('&')}`;
  return { url: whole, ...signText(token, whole) };
}

/** Signs an address for a browser, such as the redirect after consent. */
export function signUrl(token: string, url: string): Signature {
  return signForm(token, url, []);
}

/** Signs a text that is known as a whole. */
export function signText(token: string, signed: string): Signature {
  return { signature: createHmac('sha1', token).update(signed).digest('base64'), signed };
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}

function splitOnce(text: string, mark: string): readonly string[] {
  const at = text.indexOf(mark);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + mark.length)];
}
