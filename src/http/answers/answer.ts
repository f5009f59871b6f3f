import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { ApiError, badRequest, NotFound } from '../../kit/api-error.ts';
import { elapsedMs, locationOf } from '../location.ts';
import type { Observe } from '../metrics.ts';
import { openRequestLog } from '../request-log.ts';
import { routeOf } from '../route-table.ts';
import { apiErrorOf, errorStyleOf, writeError } from './error-answer.ts';

/** For answers that are no pages: a browser guesses no other type, and frames and runs nothing. */
const NO_PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
/**
 * The headers of every answer of the API (docs/contract/requests.md, "Headers of answers"). Their
 * names are in lower case already, so Fastify need not convert them for each answer.
 */
const API_HEADERS: Readonly<Record<string, string>> = {
  'access-control-allow-credentials': 'true',
  'access-control-allow-headers':
    'Accept, Authorization, Content-Type, If-Match, If-Modified-Since, If-None-Match, ' +
    'If-Unmodified-Since, Idempotency-Key',
  'access-control-allow-methods': 'GET, POST, DELETE, OPTIONS',
  'access-control-allow-origin': '*',
  'access-control-expose-headers': 'ETag',
  'cache-control': 'no-store',
  'x-api-domain': 'api.twilio.com',
  'x-home-region': 'us1',
  ...NO_PAGE_HEADERS,
};
const HSTS = { 'strict-transport-security': 'max-age=31536000; includeSubDomains' };
const PLAIN_HEADERS = { 'cache-control': 'no-store', ...NO_PAGE_HEADERS };
const HTML = 'text/html; charset=utf-8';
const ERROR_PAGE_POLICY =
  "default-src 'none'; object-src 'none'; style-src 'self'; img-src 'self' data:; " +
  "base-uri 'none'; frame-ancestors 'none'";
/**
 * The referrer policy is `same-origin` and not stricter: with `no-referrer` a browser sends
 * `Origin: null` with our own forms.
 */
const PAGE_HEADERS = {
  'cache-control': 'no-store',
  ...NO_PAGE_HEADERS,
  'referrer-policy': 'same-origin',
  'cross-origin-opener-policy': 'same-origin',
};

export interface Answer {
  readonly status: number;
  /** The route's name in the metrics. */
  readonly operation: string;
  readonly body?: string | Buffer | Readable;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** The values of `Set-Cookie`. */
  readonly cookies?: readonly string[];
}

/**
 * Sends and counts every answer. Each request that `received` counted is answered through one of
 * these functions, so the number of requests in flight stays right.
 */
export interface Answerer {
  /** Counts a request. Call it once for each, before anything else. */
  readonly received: () => void;
  readonly inFlight: () => number;
  /** The headers of every answer of the API that are always the same. */
  readonly apiHeaders: Readonly<Record<string, string>>;
  /** Answers with the headers of the API. */
  readonly answer: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Answers without the headers of the API: for the control API, health and metrics. */
  readonly answerPlainly: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Answers a browser: with a page, a file of a page, or a redirect. */
  readonly answerPage: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Answers a thrown error, in the form that belongs to the request's path. */
  readonly refuse: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

export function openAnswerer(
  { config, log }: App,
  observe: Observe,
  renderError: (error: ApiError) => Promise<string>,
): Answerer {
  let inFlight = 0;
  const isEncrypted = config.publicUrl?.startsWith('https:') ?? false;
  const apiHeaders = isEncrypted ? { ...API_HEADERS, ...HSTS } : API_HEADERS;
  const plainHeaders = isEncrypted ? { ...PLAIN_HEADERS, ...HSTS } : PLAIN_HEADERS;
  const pageHeaders = isEncrypted ? { ...PAGE_HEADERS, ...HSTS } : PAGE_HEADERS;
  const logRequest = openRequestLog({ config, log });
  const send = (reply: FastifyReply, common: Record<string, string>, answer: Answer) => {
    const { request } = reply;
    const elapsed_ms = elapsedMs(request.raw);
    reply.headers(common);
    reply.header('twilio-request-id', request.id);
    reply.header('twilio-request-duration', (elapsed_ms / 1000).toFixed(3));
    reply.header('twilio-concurrent-requests', String(inFlight));
    if (answer.headers) reply.headers(answer.headers);
    if (answer.cookies?.length) reply.header('set-cookie', answer.cookies);
    if (answer.type !== undefined) reply.type(answer.type);
    // An answer that cannot be sent throws here. `refuse` then answers and counts the request.
    const sent = reply.code(answer.status).send(answer.body);
    inFlight -= 1;
    observe(answer.operation, answer.status, elapsed_ms / 1000);
    logRequest(request, answer.status);
    return sent;
  };
  const answer: Answerer['answer'] = (reply, it) => send(reply, apiHeaders, it);
  const answerPlainly: Answerer['answer'] = (reply, it) => send(reply, plainHeaders, it);
  const answerPage: Answerer['answer'] = (reply, it) => send(reply, pageHeaders, it);
  // No caller awaits this function, so it handles every failure itself.
  const refuseAsPage = async (reply: FastifyReply, error: ApiError, operation: string) => {
    try {
      const body = await renderError(error);
      const csp = { 'content-security-policy': ERROR_PAGE_POLICY };
      const headers = { ...error.headers, ...csp };
      answerPage(reply, { status: error.status, operation, headers, type: HTML, body });
    } catch (err) {
      log.error({ err, request_id: reply.request.id }, 'an error page could not be made');
      reply.raw.destroy();
    }
  };
  return {
    received: () => {
      inFlight += 1;
    },
    inFlight: () => inFlight,
    apiHeaders,
    answer,
    answerPlainly,
    answerPage,
    refuse(error, request, reply) {
      forgetAnswer(reply);
      const { path } = locationOf(request.raw);
      const style = errorStyleOf(path, request.headers.accept);
      // A client that disconnects causes the same error codes as a lost database connection.
      const cutOff = error !== undefined && error === request.raw.errored;
      const fault = cutOff ? badRequest('The request was cut off') : error;
      const expected = named(apiErrorOf(fault, log, request.id), path);
      const { status, headers } = expected;
      // A request without a route has no name.
      const operation = routeOf(request.raw)?.operation ?? 'none';
      if (style === 'page') {
        void refuseAsPage(reply, expected, operation);
        return reply;
      }
      const it = { status, operation, headers, ...writeError(expected, style) };
      return style === 'control' ? answerPlainly(reply, it) : answer(reply, it);
    },
  };
}

/** Removes the headers of an answer that failed to be sent: one of them may have been the cause. */
function forgetAnswer(reply: FastifyReply): void {
  if (!reply.hasHeader('twilio-request-id')) return;
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
}

/** Adds the requested path to the message of a 404; a v1 path loses its version. */
function named(error: ApiError, path: string): ApiError {
  if (!(error instanceof NotFound)) return error;
  const resource = path.replace(/^\/v1(?=\/)/, '');
  const message = `The requested resource ${resource} was not found`;
  return new ApiError(error.status, error.code, message, { headers: error.headers });
}
