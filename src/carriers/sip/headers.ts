/** One line of a message's head. */
export interface Header {
  /** The full name in lower case, by which fields are found. */
  readonly key: string;
  /** The name as it is written. */
  readonly name: string;
  readonly value: string;
}

/** RFC 3261 §7.3.3 and the registry of header fields. */
const COMPACT: Readonly<Record<string, string>> = {
  a: 'accept-contact',
  b: 'referred-by',
  c: 'content-type',
  d: 'request-disposition',
  e: 'content-encoding',
  f: 'from',
  i: 'call-id',
  j: 'reject-contact',
  k: 'supported',
  l: 'content-length',
  m: 'contact',
  o: 'event',
  r: 'refer-to',
  s: 'subject',
  t: 'to',
  u: 'allow-events',
  v: 'via',
  x: 'session-expires',
  y: 'identity',
};

export function header(name: string, value: string): Header {
  const lower = name.toLowerCase();
  const key = lower.length === 1 ? (COMPACT[lower] ?? lower) : lower;
  return { key, name, value };
}

interface HasHeaders {
  readonly headers: readonly Header[];
}

/** The first value of a field, by its full name in lower case; null without one. */
export function headerOf(message: HasHeaders, key: string): string | null {
  for (const one of message.headers) if (one.key === key) return one.value;
  return null;
}

/** The lines of a field in their order. */
export function headersOf(message: HasHeaders, key: string): Header[] {
  return message.headers.filter((one) => one.key === key);
}

/** The values of all lines of a field that is a list, as one text. */
export function joinedHeader(message: HasHeaders, key: string): string | null {
  const lines = headersOf(message, key);
  return lines.length === 0 ? null : lines.map((line) => line.value).join(',');
}

/** The headers with one more, or with another value of it. */
export function withHeader(headers: readonly Header[], name: string, value: string): Header[] {
  const wanted = header(name, value);
  const rest = headers.filter((one) => one.key !== wanted.key);
  return [...rest, wanted];
}
