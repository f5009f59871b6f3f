import { ConfigError } from '../config.ts';
import { isLoopback, nameOf } from './hosts.ts';

/** The proxy that the user's environment already names. */
export interface Upstream {
  /** The variable that named it. */
  readonly variable: string;
  readonly host: string;
  readonly port: number;
  /** The value of `Proxy-Authorization`; null when it needs none. */
  readonly authorization: string | null;
  /** Whether a host is reached without this proxy. */
  readonly passes: (host: string, port: number) => boolean;
}

type Env = Readonly<Record<string, string | undefined>>;

/** The spellings of a proxy's variables. Programs read one, the other, or both. */
export const NO_PROXY_NAMES = ['no_proxy', 'NO_PROXY'] as const;
const UPSTREAM_NAMES = ['https_proxy', 'HTTPS_PROXY', 'http_proxy', 'HTTP_PROXY'] as const;
const DEFAULT_PORT = 80;

/**
 * Reads the user's own proxy from the usual variables. One proxy serves both schemes; if two are
 * named, it is the one for https.
 * @throws ConfigError for a proxy whose URL does not begin with http://, such as socks5://
 */
export function readUpstream(env: Env): Upstream | null {
  const name = UPSTREAM_NAMES.find((one) => (env[one] ?? '') !== '');
  if (name === undefined) return null;
  const text = env[name] ?? '';
  const written = text.includes('://') ? text : `http://${text}`;
  const url = URL.canParse(written) ? new URL(written) : null;
  if (url?.protocol !== 'http:' || url.hostname === '') {
    throw new ConfigError(
      `${name} must be a proxy such as http://proxy.example.com:3128 for Tieline to go through it.`,
    );
  }
  const { username, password } = url;
  const login = `${decoded(username)}:${decoded(password)}`;
  const direct = readNoProxy(env);
  return {
    variable: name,
    host: nameOf(url.hostname),
    port: Number(url.port) || DEFAULT_PORT,
    authorization: login === ':' ? null : `Basic ${Buffer.from(login).toString('base64')}`,
    passes: (host, port) => isLoopback(host) || direct.some((entry) => covers(entry, host, port)),
  };
}

/** Decodes a part of a login. A part with a `%` that encodes nothing stays as it is. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/** The hosts of `NO_PROXY` in both spellings, each once. */
export function readNoProxy(env: Env): string[] {
  const entries = NO_PROXY_NAMES.flatMap((name) => (env[name] ?? '').split(/[\s,]+/));
  return [...new Set(entries.filter((entry) => entry !== ''))];
}

/** Whether an entry of `NO_PROXY` covers a host: itself, its subdomains, or everything. */
export function covers(entry: string, host: string, port: number): boolean {
  if (entry === '*') return true;
  const [, name = entry, only] = /^(\[[^\]]*\]|[^:]*):(\d{1,5})$/.exec(entry) ?? [];
  if (only !== undefined && Number(only) !== port) return false;
  const domain = nameOf(name.replace(/^\*?\./, ''));
  return host === domain || host.endsWith(`.${domain}`);
}
