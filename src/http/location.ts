import type { IncomingMessage } from 'node:http';
import { NotFound } from '../kit/api-error.ts';
import type { Format } from './answers/representation.ts';

/** The parts of a request's URL. */
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
  /** The suffix of a representation, one of `BYTES_SUFFIXES`, or empty. */
  readonly suffix: string;
}

const SUFFIXES: ReadonlyMap<string, Format> = new Map([
  ['.json', 'json'],
  ['.xml', 'xml'],
  ['.csv', 'csv'],
]);

/** Suffixes that ask for a resource's file instead of a representation. Few endpoints have them. */
const BYTES_SUFFIXES: ReadonlySet<string> = new Set(['.mp3', '.txt', '.wav']);

/**
 * Splits a request URL. On 2010 paths the suffix selects the representation. No suffix selects XML,
 * and `Accept` does not matter. All other paths answer in JSON (docs/contract/requests.md,
 * "Representations").
 */
export function locate(url: string): Location {
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
 * A request line may hold a whole URL (RFC 9112 §3.2.2). Any client can write any host into it, so
 * the host is removed before the URL is signed, logged or compared (docs/threats.md, T11).
 */
function withoutHost(url: string): string {
  const target = url.replace(/^https?:\/\/[^/?]*/i, '');
  return target.startsWith('?') ? `/${target}` : target || '/';
}

/**
 * The form of a path parameter; no resource has another name. The longest name is that of a logo: a
 * digest of 64 digits with a suffix.
 */
const PATH_PARAMETER = /^[\w.-]{1,80}$/;

/** @throws ApiError 404/20404 for a parameter that cannot be a name, before any query runs. */
export function demandPathParameters(path: Readonly<Record<string, string>>): void {
  if (!arePathParameters(path)) throw new NotFound();
}

/** Whether each of the path parameters can be a name. */
export function arePathParameters(path: Readonly<Record<string, string>>): boolean {
  for (const name in path) if (!PATH_PARAMETER.test(path[name] as string)) return false;
  return true;
}

const LOCATION = Symbol('location');
const RECEIVED = Symbol('received');
type Located = IncomingMessage & { [LOCATION]?: Location; [RECEIVED]?: number };

/** The location of a request. `rememberLocation` read it before the router changed the URL. */
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
