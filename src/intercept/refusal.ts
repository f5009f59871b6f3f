import type { ServerResponse } from 'node:http';
import type { Duplex } from 'node:stream';
import { STATUS_CODES } from '../kit/node-http.ts';
import type { Upstream } from './upstream.ts';

const BASIC = 'Basic realm="tieline proxy"';
const CHALLENGE = `Proxy-Authenticate: ${BASIC}\r\n`;

/** The proxy's answer when it does not forward a request: a status and one sentence. */
export class Refusal extends Error {
  readonly status: number;
  /** The code of a Twilio error; null when the body is the sentence as plain text. */
  readonly code: number | null;

  constructor(status: number, sentence: string, code: number | null = null) {
    super(sentence);
    this.status = status;
    this.code = code;
  }

  /** Answers on a socket that has no HTTP response object, and ends it. */
  writeTo(socket: Duplex): void {
    if (!socket.writable) return void socket.destroy();
    const body = `${this.message}\n`;
    socket.end(
      `HTTP/1.1 ${this.status} ${STATUS_CODES[this.status] ?? 'Error'}\r\n` +
        `${this.status === 407 ? CHALLENGE : ''}Content-Type: text/plain; charset=utf-8\r\n` +
        `Content-Length: ${Buffer.byteLength(body)}\r\nConnection: close\r\n\r\n${body}`,
      // The client might otherwise keep its half open without end.
      () => socket.destroy(),
    );
  }

  /** Answers a request. If the answer has begun already, the connection ends. */
  answer(response: ServerResponse): void {
    if (response.headersSent) return void response.destroy();
    const body = this.code === null ? `${this.message}\n` : this.twilioBody(this.code);
    response.writeHead(this.status, {
      'Content-Type': this.code === null ? 'text/plain; charset=utf-8' : 'application/json',
      'Content-Length': Buffer.byteLength(body),
      Connection: 'close',
      ...(this.status === 407 && { 'Proxy-Authenticate': BASIC }),
    });
    response.end(body);
  }

  /** The shape that SDKs read, so that their exception holds the sentence. */
  private twilioBody(code: number): string {
    const more_info = `https://www.twilio.com/docs/errors/${code}`;
    return JSON.stringify({ code, message: this.message, more_info, status: this.status });
  }
}

/** The refusal for a host that cannot be reached. */
export function unreachable(error: unknown, host: string, port: number): Refusal {
  if (error instanceof Refusal) return error;
  const { code = '' } = error as NodeJS.ErrnoException;
  const where = `${host}:${port}`;
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') {
    return new Refusal(502, `Tieline's proxy found no address for ${host}.`);
  }
  if (code === 'ETIMEDOUT') return new Refusal(504, `${where} did not answer in time.`);
  return new Refusal(502, `Tieline's proxy could not reach ${where} (${code || String(error)}).`);
}

/** The refusal when the user's own proxy cannot be reached. */
export function proxyUnreachable(error: unknown, { host, port, variable }: Upstream): Refusal {
  const { code = '' } = error as NodeJS.ErrnoException;
  return new Refusal(
    code === 'ETIMEDOUT' ? 504 : 502,
    `The proxy ${host}:${port}, which ${variable} names, could not be reached ` +
      `(${code || String(error)}): start it, or run Tieline without ${variable}.`,
  );
}

/** The refusal for bytes that Node's parser does not accept as a request, by its error code. */
export function refusalOfParser(code: string | undefined): Refusal {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return new Refusal(431, 'The request line and the headers are too long for this proxy.');
  }
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return new Refusal(408, 'The request did not arrive in time.');
  }
  return new Refusal(400, "This is Tieline's proxy, and what was sent is no valid HTTP request.");
}
