import { isIP } from 'node:net';
import type { Config } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { hostName, isLoopbackHost } from '../../kit/loopback.ts';

/** Programs whose requests to Twilio are redirected here still name Twilio's hosts. */
const TWILIO_HOST = /^(?:[a-z0-9-]+\.)+twilio\.com$/;
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** Probes and scrapers may use any name or address. */
const ANY_HOST: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const SHOWN_LENGTH = 100;

/**
 * Checks the host name in a request. Another site can point its own name at the address of this
 * machine, and a browser would then treat our answers as that site's (DNS rebinding). The server
 * therefore refuses requests under unknown names.
 *
 * The known names are loopback, the host of the public URL, of `--host` and of `--allow-host`, and
 * Twilio's hosts. A server that listens on every address accepts IP addresses too: a page can only
 * have an address as its name when it was served from that address.
 * @returns the error that refuses the request, or null
 */
export function openKnownHosts(
  config: Pick<Config, 'host' | 'publicUrl' | 'allowedHosts'>,
): (host: string | undefined, path: string) => ApiError | null {
  const named = [
    config.host,
    ...config.allowedHosts,
    new URL(config.publicUrl ?? 'http://localhost').host,
  ];
  const known = new Set(named.map(hostName));
  const knowsAddresses = WILDCARDS.has(config.host);
  return (host, path) => {
    if (host === undefined || ANY_HOST.has(path)) return null;
    const name = hostName(host);
    if (isLoopbackHost(host) || known.has(name) || TWILIO_HOST.test(name)) return null;
    if (knowsAddresses && isIP(name) !== 0) return null;
    return unknownHost(name);
  };
}

/** 421 Misdirected Request: RFC 9110, section 15.5.20. */
function unknownHost(name: string): ApiError {
  const shown = /^[\w.:-]+$/.test(name) ? name.slice(0, SHOWN_LENGTH) : 'that';
  return new ApiError(
    421,
    20421,
    `Tieline does not know the host ${shown}: start it with --allow-host ${shown}, ` +
      'or name it in TIELINE_ALLOWED_HOSTS.',
  );
}
