import type { FastifyRequest } from 'fastify';
import type { Config } from '../../config.ts';
import { type ApiError, forbidden } from '../../kit/api-error.ts';
import { locationOf } from '../location.ts';

/** The paths that load balancers request. */
const HEALTH: ReadonlySet<string> = new Set(['/healthz', '/readyz', '/metrics']);

/**
 * Refuses unencrypted requests in production. A proxy that the operator names tells by a header
 * whether a request was encrypted; without such a proxy the rule does not apply. No request is
 * redirected, so that a client notices that it sends its token unencrypted.
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
