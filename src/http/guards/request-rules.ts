import type { IncomingMessage } from 'node:http';
import type { FastifyRequest } from 'fastify';
import { ApiError, badRequest } from '../../kit/api-error.ts';
import { locationOf } from '../location.ts';
import { refusalOfCrossSite } from './cross-site.ts';
import type { openKnownHosts } from './known-hosts.ts';

export const BODY_BYTES = 64 * 1024;
export const HEADER_BYTES = 16 * 1024;
export const URL_LENGTH = 8 * 1024;
/** The API, the control API, and the reports of carriers. */
const PROGRAMS_PATH = /^\/(?:2010-04-01|v1|_tieline|_carrier)(?:\/|$)/;

type KnownHosts = ReturnType<typeof openKnownHosts>;

/** Refuses requests that Node's parser accepts and this server does not. */
export function refusalOfRequest(request: FastifyRequest, hostRule: KnownHosts): ApiError | null {
  const { raw, method } = request;
  if (request.originalUrl.length > URL_LENGTH) {
    return new ApiError(414, 20001, `The URL must be at most ${URL_LENGTH} characters`);
  }
  // Node would keep the first of two Host headers and silently drop the second. HTTP/1.1 requires
  // exactly one (RFC 9112, section 3.2). Load balancers check health by HTTP/1.0, without any.
  const hosts = countOf('host', raw.rawHeaders);
  if (hosts > 1 || (hosts === 0 && raw.httpVersion !== '1.0')) {
    return badRequest('A request must have one Host header');
  }
  const { expect } = raw.headers;
  if (expect !== undefined && expect.toLowerCase() !== '100-continue') {
    return new ApiError(417, 20001, 'The Expect header must be 100-continue');
  }
  const { path } = locationOf(raw);
  const unknownHost = hostRule(raw.headers.host, path);
  if (unknownHost) return unknownHost;
  // Pages check their forms themselves, and show the refusal on the page.
  if (PROGRAMS_PATH.test(path)) {
    const foreign = refusalOfCrossSite(raw);
    if (foreign) return foreign;
  }
  if (method === 'GET' || method === 'HEAD') return ignoreBody(raw);
  if (raw.headers['content-encoding'] !== undefined) {
    return new ApiError(415, 20001, 'Send the body without a Content-Encoding');
  }
  return null;
}

/**
 * Discards the body of a read (RFC 9110, section 9.3.1), up to the size limit of other bodies. The
 * connection of a body that turns out larger is closed.
 * @returns the error for a body whose Content-Length is too large, or null
 */
function ignoreBody(raw: IncomingMessage): ApiError | null {
  const { 'content-length': length, 'transfer-encoding': coding } = raw.headers;
  if ((coding ?? length ?? '0') === '0') return null;
  if (Number(length ?? 0) > BODY_BYTES) return new ApiError(413, 20001, 'The body is too large');
  let bytes = 0;
  raw.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > BODY_BYTES) raw.destroy();
  });
  return null;
}

/** How often a header was sent. Raw headers are names and values in turn. */
function countOf(name: string, rawHeaders: readonly string[]): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const header = rawHeaders[i];
    if (header?.length === name.length && header.toLowerCase() === name) count += 1;
  }
  return count;
}
