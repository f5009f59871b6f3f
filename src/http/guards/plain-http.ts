import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { type ApiError, forbidden } from '../../kit/api-error.ts';
import { locationOf } from '../location.ts';

/** What load balancers ask for by themselves. */
const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Refuses in production what a client sent unencrypted, as a named proxy in front tells. It is not
 * redirected: a client that sends its token in clear should notice. Where no proxy is named, nobody
 * can tell.
 */
export function openTransportRule({
  mode,
  trustedProxies,
}: Pick<Config, 'mode' | 'trustedProxies'>): (request: FastifyRequest) => ApiError | null {
  if (mode !== 'production' || trustedProxies.length === 0) return () => null;
  return (request) => {
    if (request.headers['x-forwarded-proto'] === undefined || request.protocol === 'https') {
      return null;
    }
    if (HEALTH.has(locationOf(request.raw).path)) return null;
    return forbidden('This request was not encrypted. Use https.');
  };
}
