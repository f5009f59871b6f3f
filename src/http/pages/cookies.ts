import { createHmac } from 'node:crypto';
import { parseCookie, stringifySetCookie } from 'cookie';
import type { Config } from '../../config.ts';
import { type KeyRing, sameDigest } from '../../kit/seal.ts';
import type { CookieChange, CookieName } from './page.ts';

const NAMES: readonly CookieName[] = ['session', 'visitor', 'return', 'notice', 'browser'];
const RETURN_REST = 'return_rest';
/** Enough for the Connect button's link with the longest `state` and `cb`. */
const MAX_RETURN_LENGTH = 5_700;
/**
 * Browsers keep 4,096 bytes of a cookie with its name. The rest of a longer value has a second
 * cookie.
 */
const MAX_COOKIE_LENGTH = 3_900;
const MAC_KEY_BYTES = 32;

/** Reads and writes the cookies of one server, and checks its signatures in them. */
export interface Cookies {
  readonly read: (header: string | undefined) => Partial<Record<CookieName, string>>;
  readonly write: (change: CookieChange) => string[];
  /**
   * The token that a form must carry. It is bound to the session or, without one, to the visitor.
   */
  readonly formToken: (bound_to: string) => string;
  readonly isFormToken: (token: string, bound_to: string) => boolean;
  /** The path in a `return` cookie. Its signature proves that this server wrote it. */
  readonly openReturn: (value: string | undefined) => string | null;
}

/**
 * `__Host-` binds a cookie to this host, to https and to the path `/`. A browser accepts the prefix
 * over https only, so cookies over plain http in development do not have it.
 */
export function openCookies(config: Config, keyRing: KeyRing): Cookies {
  const secure = config.publicUrl?.startsWith('https:') ?? false;
  const nameOf = (name: CookieName | typeof RETURN_REST) =>
    `${secure ? '__Host-' : ''}tieline_${name}`;
  // While a key is being replaced, another process may sign with another key of the same ring.
  const keys = new Map(
    keyRing.keyIds.map((id) => [id, keyRing.deriveFrom(id, 'form tokens', MAC_KEY_BYTES)]),
  );
  const macBy = (key: Buffer, text: string) =>
    createHmac('sha256', key).update(text).digest('base64url');
  const mac = (text: string) => macBy(keys.get(keyRing.currentKeyId) as Buffer, text);
  const isMac = (given: string, text: string) =>
    [...keys.values()].some((key) => sameDigest(given, macBy(key, text)));
  const signReturn = (path: string) =>
    path.length > MAX_RETURN_LENGTH || !isOwnPath(path)
      ? null
      : `${Buffer.from(path).toString('base64url')}.${mac(`return|${path}`)}`;
  return {
    read(header) {
      if (header === undefined) return {};
      const found = parseCookie(header);
      const pairs = NAMES.map((name) => [name, found[nameOf(name)]] as const);
      const rest = found[nameOf(RETURN_REST)];
      const whole = pairs.map(([name, value]) =>
        name === 'return' && value?.length === MAX_COOKIE_LENGTH && rest !== undefined
          ? ([name, value + rest] as const)
          : ([name, value] as const),
      );
      return Object.fromEntries(whole.filter(([, value]) => value !== undefined));
    },
    write({ name, value: given, maxAge }) {
      const value = name === 'return' && given !== null ? signReturn(given) : given;
      const [first = '', rest] = partsOf(value ?? '');
      const age = value === null ? { maxAge: 0 } : maxAge !== undefined && { maxAge };
      const lineOf = (lineName: typeof name | typeof RETURN_REST, text: string) =>
        stringifySetCookie({
          name: nameOf(lineName),
          value: text,
          path: '/',
          httpOnly: true,
          sameSite: 'lax',
          secure,
          ...age,
        });
      return [lineOf(name, first), ...(rest === undefined ? [] : [lineOf(RETURN_REST, rest)])];
    },
    formToken: (bound_to) => mac(`form|${bound_to}`),
    isFormToken: (token, bound_to) => isMac(token, `form|${bound_to}`),
    openReturn(value = '') {
      const [encoded = '', signature = ''] = value.split('.');
      const path = Buffer.from(encoded, 'base64url').toString('utf8');
      return isOwnPath(path) && isMac(signature, `return|${path}`) ? path : null;
    },
  };
}

function partsOf(value: string): string[] {
  if (value.length <= MAX_COOKIE_LENGTH) return [value];
  return [value.slice(0, MAX_COOKIE_LENGTH), value.slice(MAX_COOKIE_LENGTH)];
}

/** Browsers read two slashes of either kind as the start of a host name (docs/threats.md, T11). */
function isOwnPath(path: string): boolean {
  return /^\/(?![/\\])/.test(path);
}
