import type { FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { noteSecurityEvent } from '../../audit/security-event.ts';
import { ApiError } from '../../kit/api-error.ts';
import { isLoopbackHost, isLoopbackPeer } from '../../kit/loopback.ts';
import { isInNetwork, networkOf, PEER_BITS } from '../../kit/network.ts';
import { digestOf, sameDigest } from '../../kit/seal.ts';
import { openGuesses } from './guesses.ts';
import { cameByOpsPort } from './ops-port.ts';

/** Admits the operator. @throws ApiError 401, or 429 after too many wrong tokens. */
export type OperatorGuard = (request: FastifyRequest) => Promise<void>;

/**
 * The control API requires the operator's bearer token. Requests from this machine in development
 * mode are the one exception. A request that a web page made a browser send does not count as one:
 * it names a foreign origin, or a host name that merely resolves to loopback.
 *
 * Guessing is slowed down. After a few wrong tokens from one network, the server checks no token of
 * that network for a while. The log holds each wrong token's address.
 */
export function openOperatorGuard(app: App): OperatorGuard {
  const guesses = openGuesses();
  return async (request) => {
    const { mode, adminToken } = app.config;
    const given = bearerOf(request);
    if (given === null || adminToken === null) {
      if (mode === 'development' && isLocal(request)) return;
      throw wantsToken(adminToken);
    }
    const network = networkOf(request.ip, PEER_BITS);
    await guesses.demandFew(network);
    if (sameDigest(digestOf(given), digestOf(adminToken))) return;
    await guesses.count(network);
    noteSecurityEvent(app, {
      kind: 'admin_token.refused',
      address: request.ip,
      detail: { request_id: request.id },
    });
    throw wantsToken(adminToken);
  };
}

/**
 * Whether a request carries the operator's token, comes from one of the operator's networks, or
 * arrived on the operations port. In development every request may operate.
 */
export async function mayOperate(
  app: App,
  guard: OperatorGuard,
  request: FastifyRequest,
): Promise<boolean> {
  if (app.config.mode === 'development' || cameByOpsPort(request.raw)) return true;
  if (app.config.opsNetworks.some((network) => isInNetwork(network, request.ip))) return true;
  if (bearerOf(request) === null) return false;
  await guard(request);
  return true;
}

export function bearerOf({ headers }: FastifyRequest): string | null {
  return /^bearer +(\S+)$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

export function wantsToken(adminToken: string | null): ApiError {
  const message =
    adminToken === null
      ? 'Set TIELINE_ADMIN_TOKEN, restart, and send it as "Authorization: Bearer …".'
      : 'Send "Authorization: Bearer" with the value of TIELINE_ADMIN_TOKEN.';
  return new ApiError(401, 20003, message, {
    headers: { 'WWW-Authenticate': 'Bearer realm="Tieline"' },
  });
}

/** Whether a request comes from a program or a page on this machine. */
export function isLocal({ headers, socket }: FastifyRequest): boolean {
  if (!isLoopbackPeer(socket.remoteAddress ?? '')) return false;
  if (headers.forwarded !== undefined || headers['x-forwarded-for'] !== undefined) return false;
  if (headers['sec-fetch-site'] !== undefined && headers['sec-fetch-site'] !== 'same-origin') {
    return headers['sec-fetch-site'] === 'none';
  }
  const hosts = [headers.host, headers.origin?.replace(/^https?:\/\//, '')];
  return hosts.every((host) => host === undefined || isLoopbackHost(host));
}
