import { Resolver } from 'node:dns/promises';

const TIMEOUT_MS = 3_000;
const TRIES = 2;

/**
 * Looks host names up with a resolver of its own. The system's `getaddrinfo` would share its
 * four threads with password hashing and keep webhooks waiting behind sign-ins (reliability
 * §0.10); the price is that a name only the hosts file knows, but for `localhost`, is not found.
 */
export function openResolver(): (hostname: string) => Promise<string[]> {
  const resolver = new Resolver({ timeout: TIMEOUT_MS, tries: TRIES });
  return async (hostname) => {
    if (hostname === 'localhost' || hostname.endsWith('.localhost')) return ['127.0.0.1'];
    const found = await Promise.allSettled([
      resolver.resolve4(hostname),
      resolver.resolve6(hostname),
    ]);
    const addresses = found.flatMap((one) => (one.status === 'fulfilled' ? one.value : []));
    if (addresses.length > 0) return addresses;
    throw new Error(`the name ${hostname} has no address`);
  };
}
