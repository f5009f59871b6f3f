import type { FastifyReply } from 'fastify';

/** The headers of every answer of the API, as documented (seed 002, twilio-contract §2.11). */
const API_HEADERS: Readonly<Record<string, string>> = {
  'Access-Control-Allow-Credentials': 'true',
  'Access-Control-Allow-Headers':
    'Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, ' +
    'If-Unmodified-Since, Idempotency-Key',
  'Access-Control-Allow-Methods': 'GET, POST, DELETE, OPTIONS',
  'Access-Control-Allow-Origin': '*',
  'Access-Control-Expose-Headers': 'ETag',
  'Cache-Control': 'no-store',
  'X-API-Domain': 'api.twilio.com',
  'X-Home-Region': 'us1',
};

const HSTS = { 'Strict-Transport-Security': 'max-age=31536000' };

/** The API headers of a server whose clients reach it over TLS, or over plain HTTP. */
export function apiHeaders(publicUrl: string | null): Readonly<Record<string, string>> {
  return publicUrl?.startsWith('https:') ? { ...API_HEADERS, ...HSTS } : API_HEADERS;
}

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends an answer with the headers that name and time the request. */
export function send(
  reply: FastifyReply,
  common: Readonly<Record<string, string>>,
  concurrent: number,
  answer: Answer,
): FastifyReply {
  reply.headers(common);
  reply.headers({
    'Twilio-Request-Id': reply.request.id,
    'Twilio-Request-Duration': (reply.elapsedTime / 1000).toFixed(3),
    'Twilio-Concurrent-Requests': String(concurrent),
    ...answer.headers,
  });
  if (answer.type !== undefined) reply.type(answer.type);
  return reply.code(answer.status).send(answer.body);
}
