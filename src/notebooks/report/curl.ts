import type { RequestRecord } from '../run/outcome.ts';

/** Options for a recorded request as a curl command. */
export interface CurlOptions {
  /** The account's SID, which the command reads from `TWILIO_ACCOUNT_SID`. */
  readonly account_sid?: string;
}

/** Headers that curl sets by itself. */
const OWN_HEADERS = new Set(['host', 'content-length', 'connection', 'authorization']);

/**
 * Writes a recorded request as a command for any POSIX shell. The command contains no password, but
 * reads it from `TWILIO_AUTH_TOKEN`. A body that was cut in the record is also cut here.
 */
export function curlOf(request: RequestRecord, { account_sid }: CurlOptions = {}): string {
  const { method, url, headers, body, username } = request;
  const words = ['curl'];
  const isImplied = body === null ? method === 'GET' : method === 'POST';
  if (method === 'HEAD') words.push('--head');
  else if (!isImplied) words.push('-X', quoted(method));
  // Without this option curl reads these characters as patterns for several addresses.
  if (/[[\]{}]/.test(url)) words.push('--globoff');
  words.push(quoted(url));
  if (username !== null) words.push('-u', credentialsOf(username, account_sid));
  for (const [name, value] of headers) {
    // For curl, a header without a value must end in a semicolon.
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

/** Quotes any text as one word for the shell. */
function quoted(text: string): string {
  if (/^[\w./:@%+=,-]+$/.test(text)) return text;
  return `'${text.replaceAll('\0', '').replaceAll("'", String.raw`'\''`)}'`;
}
