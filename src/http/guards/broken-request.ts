import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionError } from 'fastify';
import type { App } from '../../app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { errorStyleOf, writeError } from '../answers/error-answer.ts';
import { HEADER_BYTES } from './request-rules.ts';

/** Answers requests that Node itself would answer without a body and an id, or not at all. */
export interface BrokenRequests {
  /** Answers a request that Node's parser refused, or that did not arrive in time. */
  readonly answerBroken: (error: ConnectionError, socket: Socket) => void;
  /** Answers a client that uses this server as a proxy. */
  readonly answerConnect: (request: unknown, socket: Duplex) => void;
}

/**
 * Each of these answers has a request id, and so does its line in the log. The line holds nothing
 * that the client sent. A client that has disconnected gets no answer.
 * @param newRequestId makes the ids of all requests
 */
export function openBrokenRequests(
  { log }: Pick<App, 'log'>,
  newRequestId: () => string,
): BrokenRequests {
  const refuse = (socket: Duplex, reason: string, path: string) => {
    const [status, phrase, message] = REFUSALS[reason] ?? OTHERWISE;
    const request_id = newRequestId();
    const address = 'remoteAddress' in socket ? (socket.remoteAddress ?? null) : null;
    log.info({ request_id, status, reason, address }, 'a request that cannot be read was refused');
    if (!socket.writable) {
      socket.destroy();
      return;
    }
    const style = errorStyleOf(path.replace(/\?.*$/s, ''));
    const written = style === 'page' ? 'json' : style;
    const { body, type } = writeError(new ApiError(status, 20001, message), written);
    socket.end(
      `HTTP/1.1 ${status} ${phrase}\r\nContent-Type: ${type}\r\n${HARMLESS}` +
        `Twilio-Request-Id: ${request_id}\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
    );
  };
  return {
    answerBroken(error, socket) {
      if (error.code === 'ECONNRESET') return;
      const [, path = '/'] = /^[A-Z]+ (\S+)/.exec(packetOf(error)) ?? [];
      refuse(socket, error.code ?? 'unknown', path);
    },
    answerConnect(_request, socket) {
      // Node no longer manages this connection, so its end and its errors are handled here.
      const end = () => void socket.destroy();
      socket.on('error', end).on('finish', end);
      refuse(socket, 'CONNECT', '/');
    },
  };
}

/** Headers of every answer. A browser ignores the last one over plain http (RFC 6797 §8.1). */
const HARMLESS =
  'X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n' +
  "Content-Security-Policy: default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'\r\n" +
  'Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n';

/**
 * The bytes that had arrived when the parser gave up. Node passes a buffer; its types say
 * otherwise.
 */
function packetOf(error: ConnectionError): string {
  const packet = error.rawPacket as unknown;
  return Buffer.isBuffer(packet) ? packet.toString('latin1') : '';
}

/** The status, its phrase and the message, by Node's codes. */
const REFUSALS: Readonly<Record<string, readonly [number, string, string]>> = {
  HPE_HEADER_OVERFLOW: [
    431,
    'Request Header Fields Too Large',
    `The URL and headers must be at most ${HEADER_BYTES} bytes`,
  ],
  CONNECT: [400, 'Bad Request', 'This server is not a proxy'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time'],
};

const OTHERWISE = [400, 'Bad Request', 'The request is not valid HTTP'] as const;
