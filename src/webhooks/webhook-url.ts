import { dropUserInfo, hasUserInfo } from '../kit/user-info.ts';

/** The failures that can cause a retry: a 4xx or 5xx answer, no connection, no answer in time. */
export type RetryCause = '4xx' | '5xx' | 'ct' | 'rt';

/** The settings in the fragment of a webhook's URL; all times in milliseconds. */
export interface Overrides {
  readonly connect_ms: number;
  readonly read_ms: number;
  readonly total_ms: number;
  readonly retries: number;
  readonly retry_on: ReadonlySet<RetryCause>;
}

/** User name and password from a URL's userinfo. */
export interface UrlCredentials {
  readonly username: string;
  readonly password: string;
}

export interface WebhookUrl {
  /** The requested and signed URL, without userinfo and fragment. */
  readonly url: string;
  readonly credentials: UrlCredentials | null;
  readonly overrides: Overrides;
}

const CAUSES: readonly RetryCause[] = ['4xx', '5xx', 'ct', 'rt'];
const MIN_MS = 100;
const CONNECT_MS = { least: MIN_MS, most: 10_000, usual: 5_000 };
const READ_MS = { least: MIN_MS, most: 15_000, usual: 15_000 };
const TOTAL_MS = { least: MIN_MS, most: 15_000, usual: 15_000 };
const RETRIES = { least: 0, most: 5, usual: 1 };

/**
 * Takes a webhook's URL apart: docs/contract/webhooks.md, "Connection overrides". It never
 * fails: an unknown or wrong value of the fragment leaves the default, and text that is no URL
 * comes back as it was.
 */
export function readWebhookUrl(url: string): WebhookUrl {
  const parsed = URL.parse(url);
  const said = new URLSearchParams(parsed?.hash.slice(1));
  return {
    url: wireUrl(url),
    credentials: parsed && readCredentials(parsed),
    overrides: {
      connect_ms: readNumber(said.get('ct'), CONNECT_MS),
      read_ms: readNumber(said.get('rt'), READ_MS),
      total_ms: readNumber(said.get('tt'), TOTAL_MS),
      retries: readNumber(said.get('rc'), RETRIES),
      retry_on: readCauses(said.get('rp')),
    },
  };
}

/**
 * A URL in the form that its receiver sees: escaped, with a path, without userinfo and fragment. A
 * written port stays, even if it is the scheme's default. Text that is no URL stays unchanged.
 */
export function wireUrl(url: string): string {
  const parsed = URL.parse(url);
  if (!parsed) return url;
  const port = /^[^/\\?#]*[/\\]{2}[^/\\?#]*:(\d+)(?:[/\\?#]|$)/.exec(url.trim())?.[1];
  dropUserInfo(parsed);
  parsed.hash = '';
  if (port === undefined || parsed.port !== '') return parsed.href;
  const origin = `${parsed.protocol}//${parsed.host}`;
  return `${origin}:${Number(port)}${parsed.href.slice(origin.length)}`;
}

function readCredentials(url: URL): UrlCredentials | null {
  if (!hasUserInfo(url)) return null;
  const { username, password } = url;
  return { username: unescape(username), password: unescape(password) };
}

/** Decodes percent escapes. A text with broken escapes stays as it is. */
function unescape(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function readNumber(
  text: string | null,
  { least, most, usual }: Readonly<Record<'least' | 'most' | 'usual', number>>,
): number {
  const number = text !== null && /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN;
  return number >= least && number <= most ? number : usual;
}

function readCauses(text: string | null): ReadonlySet<RetryCause> {
  const named = text?.split(',') ?? [];
  if (named.includes('all')) return new Set(CAUSES);
  const known = CAUSES.filter((cause) => named.includes(cause));
  return new Set(known.length > 0 ? known : ['ct']);
}
