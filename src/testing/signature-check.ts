import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

/** A received request with its signature. */
export interface Signed {
  readonly method: string;
  readonly url: string;
  readonly body: string;
  readonly contentType: string;
  readonly signature: string;
}

/** Whether `X-Twilio-Signature` is this token's signature of the complete, unchanged request. */
export function isSignedWith(token: string, request: Signed): boolean {
  const { url, body, signature } = request;
  const bodyHash = new URL(url).searchParams.get('bodySHA256');
  const isForm = /^application\/x-www-form-urlencoded/i.test(request.contentType);
  if (bodyHash !== null) {
    const isWhole = createHash('sha256').update(body).digest('hex') === bodyHash.toLowerCase();
    if (!isWhole) return false;
  } else if (body !== '' && !isForm) {
    // The signature does not cover such a body.
    return false;
  }
  const signed = bodyHash === null && isForm ? url + formText(body) : url;
  const expected = createHmac('sha1', token).update(signed).digest();
  const given = Buffer.from(signature, 'base64');
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Joins names and values in byte order of the names. Each pair occurs once. */
function formText(body: string): string {
  const pairs = [...new URLSearchParams(body)].map(([name, value]) => ({ name, value }));
  pairs.sort(
    (one, other) => compareBytes(one.name, other.name) || compareBytes(one.value, other.value),
  );
  const once = pairs.filter(({ name, value }, at) => {
    const before = pairs[at - 1];
    return before?.name !== name || before.value !== value;
  });
  return once.map(({ name, value }) => name + value).join('');
}

function compareBytes(one: string, other: string): number {
  return Buffer.compare(Buffer.from(one), Buffer.from(other));
}
