import type { RequestRecord } from '../run/outcome.ts';

/** What a recorded request is written down with. */
export interface CurlOptions {
  /** The account whose SID the reader has in `TWILIO_ACCOUNT_SID`. */
  readonly account_sid?: string;
}

/** Left to curl, which works them out itself. */
const OWN_HEADERS = new Set(['host', 'content-length', 'connection', 'authorization']);

/**
 * Writes a recorded request as a command that can be pasted into any POSIX shell. The password is
 * not in it: it is read from `TWILIO_AUTH_TOKEN`. A body that was cut in the record is cut here.
 */
export function curlOf(request: RequestRecord, { account_sid }: CurlOptions = {}): string {
  const { method, url, headers, body, username } = request;
  const words = ['curl'];
  const isImplied = body === null ? method === 'GET' : method === 'POST';
  if (method === 'HEAD') words.push('--head');
  else if (!isImplied) words.push('-X', quoted(method));
  // To curl these stand for several addresses.
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  words.push(quoted(url));
  if (username !== null) words.push('-u', credentialsOf(username, account_sid));
  for (const [name, value] of headers) {
    // A header without a value is sent by curl only when it ends in a semicolon.
    if (OWN_HEADERS.has(name.toLowerCase())) continue;
    words.push('-H', quoted(value === '' ? `${name};` : `${name}: ${value}`));
  }
  if (body !== null) words.push('--data-raw', quoted(body));
  return words.join(' ');
}

function credentialsOf(username: string, account_sid: string | undefined): string {
  const name = username === account_sid ? '"$TWILIO_ACCOUNT_SID' : `${quoted(username)}"`;
  return `${name}:$TWILIO_AUTH_TOKEN"`;
}

/** One word for the shell, whatever is in it. */
function quoted(text: string): string {
  if (/^[\w./:@%+=,-]+$/.test(text)) return text;
  return `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`;
}
