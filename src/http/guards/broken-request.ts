import type { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { ConnectionError } from 'fastify';
import type { App } from '../../app.ts';
import { ApiError } from '../../kit/api-error.ts';
import { errorStyleOf, writeError } from '../answers/error-answer.ts';
import { HEADER_BYTES } from './request-rules.ts';

/** Answers what Node would answer without a body and an id, or not at all. */
export interface BrokenRequests {
  /** What Node's parser refused before it was a request, and what did not arrive in time. */
  readonly answerBroken: (error: ConnectionError, socket: Socket) => void;
  /** Requests of clients that take this server for a proxy. */
  readonly answerConnect: (request: unknown, socket: Duplex) => void;
}

/**
 * Each answer has an id as every other one, and a line of the log that has it too. The line holds
 * nothing that was sent. A client that is gone is refused nothing.
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
      // Node has let go of the connection, so nothing else ends it or hears what breaks it.
      const end = () => void socket.destroy();
      socket.on('error', end).on('finish', end);
      refuse(socket, 'CONNECT', '/');
    },
  };
}

/** Headers of every answer; a browser takes no notice of the last over plain http (RFC 6797 §8.1). */
const HARMLESS =
  'X-Content-Type-Options: nosniff\r\nReferrer-Policy: no-referrer\r\n' +
  "Content-Security-Policy: default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'\r\n" +
  'Strict-Transport-Security: max-age=31536000; includeSubDomains\r\n';

/** What had arrived when the parser gave up. Node hands over a buffer, which the types deny. */
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
  CONNECT: [400, 'Bad Request', 'This server is no proxy'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'Request Timeout', 'The request did not arrive in time'],
};

const OTHERWISE = [400, 'Bad Request', 'The request is not valid HTTP'] as const;
