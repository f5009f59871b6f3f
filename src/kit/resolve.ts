import { Resolver } from 'node:dns/promises';
import { isLocalhost, LOCALHOST_ADDRESSES } from './loopback.ts';

export interface ResolverOptions {
  /** The name servers to ask, as `address:port`, in place of the system's. */
  readonly servers?: readonly string[];
  /** How long one server may take to answer. */
  readonly timeout_ms?: number;
}

/** A name that has no address, or that could not be looked up. The message is a sentence. */
export class LookupError extends Error {
  /** Whether the name service answered, and there is no such name or address. */
  readonly isDefinite: boolean;

  constructor(message: string, { isDefinite }: { readonly isDefinite: boolean }) {
    super(message);
    this.isDefinite = isDefinite;
  }
}

const TIMEOUT_MS = 2_000;
const TRIES = 2;
/** All servers and tries together; shorter than the time that a webhook has for connecting. */
const TOTAL_FACTOR = 2;
const NAME_MAX_LENGTH = 253;

/** Answers that are definite: there is no such name, it has no such address, it cannot be one. */
const DEFINITE = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME']);

/**
 * Looks host names up with a resolver of its own. The system's `getaddrinfo` would share its
 * four threads with password hashing and keep webhooks waiting behind sign-ins;
 * the price is that a name only the hosts file knows, but for `localhost`, is not found.
 *
 * Each lookup has a channel of its own: it can be given up without ending others, and a changed
 * `resolv.conf` counts from the next lookup on.
 * @returns a function from a name to its IPv4 addresses and then its IPv6 addresses, never none;
 *   it throws `LookupError`, after at most twice `timeout_ms` (4 s).
 */
export function openResolver(
  options: ResolverOptions = {},
): (hostname: string) => Promise<string[]> {
  const { servers, timeout_ms = TIMEOUT_MS } = options;
  return async (hostname) => {
    const name = hostname.toLowerCase().replace(/\.$/, '');
    // A development server may listen on either (RFC 6761 §6.3).
    if (isLocalhost(name)) return [...LOCALHOST_ADDRESSES];
    if (name === '' || name.length > NAME_MAX_LENGTH) {
      throw new LookupError('This cannot be a host name; check its spelling.', {
        isDefinite: true,
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
    return new LookupError(message, { isDefinite: true });
  }
  const message = `The name ${name} could not be looked up; its DNS did not answer.`;
  return new LookupError(message, { isDefinite: false });
}
