import type { Socket } from 'node:net';
import type { ConnectionError, FastifyRequest } from 'fastify';
import { ApiError, badRequest } from '../kit/api-error.ts';
import { errorStyleOf, writeError } from './error-answer.ts';

export const BODY_BYTES = 64 * 1024;
export const HEADER_BYTES = 16 * 1024;
export const URL_LENGTH = 8 * 1024;

/** Refuses what Node's parser lets through and this server does not (reliability T33). */
export function refusalOfRequest(request: FastifyRequest): ApiError | null {
  const { raw, method } = request;
  if (request.originalUrl.length > URL_LENGTH) {
    return new ApiError(414, 20001, `The URL must be at most ${URL_LENGTH} characters`);
  }
  // Node would keep the first of two Host headers and say nothing of the second.
  if (countOf('host', raw.rawHeaders) !== 1) {
    return badRequest('A request must have one Host header');
  }
  const { 'content-length': length, 'transfer-encoding': coding } = raw.headers;
  if ((method === 'GET' || method === 'HEAD') && (coding ?? length ?? '0') !== '0') {
    return badRequest(`A ${method} request must have no body`);
  }
  if (raw.headers['content-encoding'] !== undefined) {
    return new ApiError(415, 20001, 'Send the body without a Content-Encoding');
  }
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

/** Answers what Node's parser refused before it was a request. */
export function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [status, reason, message] = PARSER_REFUSALS[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'The request is not valid HTTP',
  ];
  const [, path = '/'] = /^[A-Z]+ (\S+)/.exec(packetOf(error)) ?? [];
  const style = errorStyleOf(path.replace(/\?.*$/s, ''));
  const written = style === 'page' ? 'json' : style;
  const { body, type } = writeError(new ApiError(status, 20001, message), written);
  socket.end(
    `HTTP/1.1 ${status} ${reason}\r\nContent-Type: ${type}\r\n` +
      `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
  );
}

/** What had arrived when the parser gave up. Node hands over a buffer, which the types deny. */
function packetOf(error: ConnectionError): string {
  const packet = error.rawPacket as unknown;
  return Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
}

const PARSER_REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    `The URL and headers must be at most ${HEADER_BYTES} bytes`,
  ],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time'],
};
