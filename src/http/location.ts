import type { IncomingMessage } from 'node:http';
import { NotFound } from '../kit/api-error.ts';
import type { Format } from './answers/representation.ts';

/** What a request's URL says, read once. */
export interface Location {
  /** Path and query as they were sent, and never a host. */
  readonly target: string;
  /** The path as it was sent, with its suffix. */
  readonly path: string;
  /** The path that routes are found by: without suffix and closing slash. */
  readonly route: string;
  /** The text after the question mark. */
  readonly query: string;
  readonly format: Format;
  /** What the path ended with: a representation's suffix, one of `BYTES_SUFFIXES`, or nothing. */
  readonly suffix: string;
}

const SUFFIXES: ReadonlyMap<string, Format> = new Map([
  ['.json', 'json'],
  ['.xml', 'xml'],
  ['.csv', 'csv'],
]);

/** Suffixes of what is no representation but the thing itself; only some endpoints have them. */
const BYTES_SUFFIXES: ReadonlySet<string> = new Set(['.mp3', '.txt', '.wav']);

/**
 * Splits a request URL. On 2010 paths the suffix names the representation and none means XML,
 * whatever `Accept` says; everything else is JSON
 * (docs/contract/requests.md, "Representations").
 */
function locate(url: string): Location {
  const target = url.startsWith('/') ? url : withoutHost(url);
  const mark = target.indexOf('?');
  const path = mark === -1 ? target : target.slice(0, mark);
  const query = mark === -1 ? '' : target.slice(mark + 1);
  const trimmed = path.length > 1 && path.endsWith('/') ? path.slice(0, -1) : path;
  const common = { target, path, query };
  if (!trimmed.startsWith('/2010-04-01/')) {
    return { ...common, route: trimmed, format: 'json', suffix: '' };
  }
  const dot = trimmed.lastIndexOf('.');
  const suffix = dot === -1 ? '' : trimmed.slice(dot);
  const format = SUFFIXES.get(suffix);
  if (format === undefined && !BYTES_SUFFIXES.has(suffix)) {
    return { ...common, route: trimmed, format: 'xml', suffix: '' };
  }
  return { ...common, route: trimmed.slice(0, dot), format: format ?? 'xml', suffix };
}

/**
 * A request may name the whole address (RFC 9112 §3.2.2). Its host is anybody's to write, so it
 * gets into nothing that is signed, logged or looked at (docs/threats.md, T11).
 */
function withoutHost(url: string): string {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  return target.startsWith('?') ? `/${target}` : target || '/';
}

/**
 * What may stand in the place of a path parameter; anything else names nothing that exists. The
 * longest is a logo's name, a digest of 64 digits and its suffix.
 */
const PATH_PARAMETER = /^[\w.-]{1,80}$/;

/** @throws ApiError 404/20404 for what no SID could be, before a database is asked about it. */
export function demandPathParameters(path: Readonly<Record<string, string>>): void {
  for (const value of Object.values(path)) {
    if (!PATH_PARAMETER.test(value)) throw new NotFound();
  }
}

const LOCATION = Symbol('location');
const RECEIVED = Symbol('received');
type Located = IncomingMessage & { [LOCATION]?: Location; [RECEIVED]?: number };

/** The location of a request, as `rememberLocation` read it before routing changed its URL. */
export function locationOf(request: Located): Location {
  return request[LOCATION] ?? locate(request.url ?? '/');
}

export function rememberLocation(request: Located): Location {
  const location = locate(request.url ?? '/');
  request[LOCATION] = location;
  request[RECEIVED] = performance.now();
  return location;
}

/** Milliseconds since the headers of a request had arrived. */
export function elapsedMs(request: Located): number {
  const received = request[RECEIVED];
  return received === undefined ? 0 : performance.now() - received;
}

/** `scheme://host` of the address that the client used, or the operator's public address. */
export function originOf(
  publicUrl: string | null,
  encrypted: boolean,
  host: string | undefined,
): string {
  if (publicUrl !== null) return publicUrl;
  const scheme = encrypted ? 'https' : 'http';
  const isHost = host !== undefined && /^[A-Za-z0-9.\-_:[\]]{1,255}$/.test(host);
  const origin = `${scheme}://${host}`;
  return isHost && URL.canParse(origin) ? origin : `${scheme}://localhost`;
}
