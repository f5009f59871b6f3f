import { Resolver } from 'node:dns/promises';
import { isLocalhost, LOCALHOST_ADDRESSES } from './loopback.ts';

export interface ResolverOptions {
  /** The name servers to ask, as `address:port`, in place of the system's. */
  readonly servers?: readonly string[];
  /** The time that one server has to answer. */
  readonly timeout_ms?: number;
}

/** A name without an address, or a failed lookup. The message is a sentence. */
export class LookupError extends Error {
  /** Whether the name service answered that there is no such name or address. */
  readonly is_definite: boolean;

  constructor(message: string, { is_definite }: { readonly is_definite: boolean }) {
    super(message);
    this.is_definite = is_definite;
  }
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/**
 * The factor for all servers and tries together. The result is below a webhook's time to connect.
 */
const TOTAL_FACTOR = 2;
const NAME_MAX_LENGTH = 253;

/** Definite answers: the name does not exist, has no address, or is invalid. */
const DEFINITE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/**
 * Makes a function that looks up host names with a resolver of its own. The system's `getaddrinfo`
 * shares four threads with password hashing, so webhooks would wait behind sign-ins. The price:
 * names that only the hosts file knows are not found, except `localhost`.
 *
 * Each lookup has its own channel. It can be given up without ending others, and a changed
 * `resolv.conf` takes effect with the next lookup.
 * @returns a function from a name to its IPv4 addresses and then its IPv6 addresses, at least one;
 *   it throws `LookupError` after twice `timeout_ms` (4 s) at most
 */
export function openResolver(
  options: ResolverOptions = {},
): (hostname: string) => Promise<string[]> {
  const { servers, timeout_ms = TIMEOUT_MS } = options;
  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    // A development server may listen on either address (RFC 6761 §6.3).
    if (isLocalhost(name)) return [...LOCALHOST_ADDRESSES];
    if (name === '' || name.length > NAME_MAX_LENGTH) {
      throw new LookupError('This cannot be a host name; check its spelling.', {
        is_definite: true,
      });
    }
    const resolver = new Resolver({ timeout: timeout_ms, maxTimeout: timeout_ms, tries: TRIES });
    if (servers) resolver.setServers(servers);
    const patience = setTimeout(() => resolver.cancel(), timeout_ms * TOTAL_FACTOR);
    try {
      const found = await Promise.allSettled([resolver.resolve4(name), resolver.resolve6(name)]);
      const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
      if (addresses.length > 0) return addresses;
      throw explain(name, found);
    } finally {
      clearTimeout(patience);
    }
  };
}

function explain(name: string, found: readonly PromiseSettledResult<unknown>[]): LookupError {
  const codes = found.map((one) =>
    one.status === 'rejected' ? (one.reason as NodeJS.ErrnoException).code : 'ENODATA',
  );
  if (codes.every((code) => code !== undefined && DEFINITE.has(code))) {
    const message = codes.includes('ENODATA')
      ? `The name ${name} has no address; give it an A or AAAA record.`
      : `The name ${name} does not exist; check its spelling.`;
    return new LookupError(message, { is_definite: true });
  }
  const message = `The name ${name} could not be looked up; its DNS did not answer.`;
  return new LookupError(message, { is_definite: false });
}

/** One record of a service: RFC 2782. */
export interface Service {
  /** The host. */
  readonly name: string;
  readonly port: number;
  readonly priority: number;
  readonly weight: number;
}

/**
 * Looks up a service.
 * @param name such as `_sip._udp.example.com`
 * @returns its records, none when there are none
 * @throws LookupError when the name service does not answer
 */
export function resolveService(name: string): Promise<Service[]> {
  return listOf(`service ${name}`, (resolver) => resolver.resolveSrv(name));
}

/** One record of the ways to a domain: RFC 3403. */
export interface Way {
  readonly flags: string;
  /** Such as `SIP+D2U`. */
  readonly service: string;
  readonly replacement: string;
  readonly order: number;
  readonly preference: number;
}

/** Looks up the NAPTR records of a domain, as `resolveService` does those of a service. */
export function resolveWays(name: string): Promise<Way[]> {
  return listOf(`domain ${name}`, (resolver) => resolver.resolveNaptr(name));
}

async function listOf<T>(what: string, ask: (resolver: Resolver) => Promise<T[]>): Promise<T[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, maxTimeout: TIMEOUT_MS, tries: TRIES });
  const patience = setTimeout(() => resolver.cancel(), TIMEOUT_MS * TOTAL_FACTOR);
  try {
    return await ask(resolver);
  } catch (error) {
    if (DEFINITE.has((error as NodeJS.ErrnoException).code ?? '')) return [];
    const message = `The ${what} could not be looked up; its DNS did not answer.`;
    throw new LookupError(message, { is_definite: false });
  } finally {
    clearTimeout(patience);
  }
}
