import { decoded } from './decoded.ts';
import type { Mistake, Variant } from './mistakes.ts';

/** Ports that servers of developers often listen on. */
const USUAL_PORTS = [443, 80, 8443, 8080, 3000, 3001, 4000, 5000, 5001, 8000, 8888, 9000];
/** Queries of up to so many parameters are tried in every order. */
const MAX_ORDERED = 4;
/** A scheme with its slashes; user info; host; port; path; query; fragment. */
const PARTS =
  /^([a-z][a-z\d+.-]*:\/\/)([^/?#@]*@)?(\[[^\]]*\]|[^/?#:]*)(:\d+)?([^?#]*)(\?[^#]*)?(#.*)?$/i;

/** The parts of a URL as they are written. Joined, they are the URL again. */
interface Parts {
  readonly scheme: string;
  readonly user_info: string;
  readonly host: string;
  readonly port: string;
  readonly path: string;
  readonly query: string;
  readonly fragment: string;
}

/** @returns null for text that is no absolute URL */
function partsOf(url: string): Parts | null {
  const found = PARTS.exec(url);
  if (!found) return null;
  const [
    ,
    scheme = '',
    user_info = '',
    host = '',
    port = '',
    path = '',
    query = '',
    fragment = '',
  ] = found;
  return { scheme, user_info, host, port, path, query, fragment };
}

const join = (parts: Parts): string =>
  `${parts.scheme}${parts.user_info}${parts.host}${parts.port}${parts.path}${parts.query}${parts.fragment}`;

/**
 * The URLs that a receiver may have been requested by, when its code checked this one: each
 * differs from it by one usual mistake.
 */
export function urlVariants(url: string): Variant<string>[] {
  const parts = partsOf(url);
  if (!parts) return [];
  const found: Variant<string>[] = [];
  const add = (mistakes: Mistake | readonly Mistake[], changes: Partial<Parts>) => {
    const value = join({ ...parts, ...changes });
    if (value !== url) found.push({ value, mistakes: [mistakes].flat() });
  };
  add('user-info', { user_info: '' });
  add('fragment', { fragment: '' });
  const scheme = /^https/i.test(parts.scheme) ? 'http://' : 'https://';
  add('scheme', { scheme });
  add('port-added', { port: '' });
  for (const port of USUAL_PORTS) {
    add(parts.port === '' ? 'port-missing' : 'port-changed', { port: `:${port}` });
  }
  add('slash', {
    path: parts.path.endsWith('/') ? parts.path.slice(0, -1) : `${parts.path}/`,
  });
  // A proxy that ends TLS usually changes both.
  if (parts.port !== '') add(['scheme', 'port-added'], { scheme, port: '' });
  for (const query of encodingsOf(parts.query)) add('query-encoding', { query });
  for (const query of ordersOf(parts.query)) add('query-order', { query });
  return found;
}

/** The mistakes that lie between the URL that was checked and the one that was signed. */
export function urlMistakes(checked: string, signed: string): Mistake[] {
  const [one, other] = [partsOf(checked), partsOf(signed)];
  if (!one || !other) return checked === signed ? [] : ['path'];
  const found: Mistake[] = [];
  if (one.scheme.toLowerCase() !== other.scheme.toLowerCase()) found.push('scheme');
  if (one.user_info !== other.user_info) found.push('user-info');
  if (one.host.toLowerCase() !== other.host.toLowerCase()) found.push('host');
  if (one.port !== other.port) {
    if (one.port === '') found.push('port-missing');
    else found.push(other.port === '' ? 'port-added' : 'port-changed');
  }
  if (one.path !== other.path) {
    const isSlash = withoutSlash(one.path) === withoutSlash(other.path);
    found.push(isSlash ? 'slash' : 'path');
  }
  if (one.query !== other.query) found.push(queryMistake(one.query, other.query));
  if (one.fragment !== other.fragment) found.push('fragment');
  return found;
}

/** The host that a proxy was asked for, in place of the URL's own. */
export function withHost(url: string, host: string): string | null {
  const parts = partsOf(url);
  const wanted = /^([^/?#@:]+|\[[^\]]*\])(:\d+)?$/.exec(host.trim());
  return parts && wanted ? join({ ...parts, host: wanted[1] ?? '', port: wanted[2] ?? '' }) : null;
}

/** Appends a parameter to the query of a URL, before its fragment. */
export function withQuery(url: string, added: string): string {
  const [base = '', fragment] = url.split('#', 2);
  const mark = base.includes('?') ? '&' : '?';
  return `${base}${mark}${added}${fragment === undefined ? '' : `#${fragment}`}`;
}

/** The query of a URL as decoded pairs. */
export function queryPairs(url: string): (readonly [string, string])[] {
  return [...new URLSearchParams(partsOf(url)?.query ?? '')];
}

function queryMistake(checked: string, signed: string): Mistake {
  if (checked === '') return /^\?bodySHA256=[^&]*$/.test(signed) ? 'body-hash' : 'query-missing';
  const [one, other] = [checked, signed].map((query) => query.slice(1).split('&').toSorted());
  if (one?.join('&') === other?.join('&')) return 'query-order';
  const without = signed.replace(/[?&]bodySHA256=[^&]*$/, '');
  if (without === checked) return 'body-hash';
  return decoded(checked) === decoded(signed) ? 'query-encoding' : 'query-changed';
}

const withoutSlash = (path: string): string => path.replace(/\/$/, '');

/** A query with its values encoded in the ways that programs encode them. */
function encodingsOf(query: string): string[] {
  if (query.length < 2) return [];
  const pairs = query.slice(1).split('&');
  const each = (write: (text: string) => string): string => {
    const written = pairs.map((pair) => {
      const at = pair.indexOf('=');
      if (at < 0) return write(pair);
      return `${write(pair.slice(0, at))}=${write(pair.slice(at + 1))}`;
    });
    return `?${written.join('&')}`;
  };
  const form = (text: string) => encodeURIComponent(text).replaceAll('%20', '+');
  return [
    query.replaceAll('%20', '+'),
    query.replaceAll('+', '%20'),
    query.replaceAll(' ', '%20'),
    each(encodeURIComponent),
    each(form),
    each((text) => encodeURIComponent(decoded(text))),
    each((text) => form(decoded(text))),
    query.replaceAll(/%[\da-f]{2}/gi, (escape) => escape.toUpperCase()),
    query.replaceAll(/%[\da-f]{2}/gi, (escape) => escape.toLowerCase()),
  ];
}

function ordersOf(query: string): string[] {
  const pairs = query.slice(1).split('&');
  if (pairs.length < 2 || pairs.length > MAX_ORDERED) return [];
  return permutations(pairs).map((order) => `?${order.join('&')}`);
}

function permutations(items: readonly string[]): string[][] {
  if (items.length < 2) return [[...items]];
  return items.flatMap((first, at) =>
    permutations(items.toSpliced(at, 1)).map((rest) => [first, ...rest]),
  );
}
