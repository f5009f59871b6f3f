import { isIP } from 'node:net';
import type { Config } from '../../config.ts';
import { ApiError } from '../../kit/api-error.ts';
import { hostName, isLoopbackHost } from '../../kit/loopback.ts';

/** Programs that are sent here in Twilio's place keep its names. */
const TWILIO_HOST = /^(?:[a-z0-9-]+\.)+twilio\.com$/;
const WILDCARDS: ReadonlySet<string> = new Set(['0.0.0.0', '::']);
/** Probes and scrapers ask under whatever name or address they have. */
const ANY_HOST: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);
const SHOWN_LENGTH = 100;

/**
 * Tells which names of this server a request may use. A page of another site can give its own name
 * the address of this machine and would then be served as if it were ours (DNS rebinding); under a
 * name that is not known, nothing is answered.
 *
 * Known are loopback, the public URL's host, that of `--host`, Twilio's hosts and those of
 * `--allow-host`. A server that listens on every address knows addresses too: no page has one as
 * its name without being served from there.
 * @returns what a request is refused with, or null
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

/** RFC 9110, section 15.5.20. */
function unknownHost(name: string): ApiError {
  const shown = /^[\w.:-]+$/.test(name) ? name.slice(0, SHOWN_LENGTH) : 'that';
  return new ApiError(
    421,
    20421,
    `Tieline does not know the host ${shown}: start it with --allow-host ${shown}, ` +
      'or name it in TIELINE_ALLOWED_HOSTS.',
  );
}
