import type { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../../app.ts';
import { ApiError, badRequest, NotFound } from '../../kit/api-error.ts';
import { elapsedMs, locationOf } from '../location.ts';
import type { Observe } from '../metrics.ts';
import { openRequestLog } from '../request-log.ts';
import { apiErrorOf, errorStyleOf, writeError } from './error-answer.ts';

/** Of what is no page: a browser makes nothing else of it, frames it nowhere and runs nothing in it. */
const NO_PAGE_HEADERS = {
  'content-security-policy':
    "default-src 'none'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'",
  'referrer-policy': 'no-referrer',
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
};
/**
 * The headers of every answer of the API (docs/contract/requests.md, "Headers of answers"). They
 * are written in lower case, as they are sent, so that Fastify need not turn them so each time.
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
 * The referrer's policy is `same-origin` and no stricter: without any referrer a browser calls
 * the origin of our own forms "null".
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
 * Sends every answer there is, and counts it: whatever was received is answered through one of
 * these, so that what is in flight comes out even.
 */
export interface Answerer {
  /** To be called for each request, before anything is done about it. */
  readonly received: () => void;
  readonly inFlight: () => number;
  /** With the headers of the API. */
  readonly answer: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Without them: the control API, health, metrics. */
  readonly answerPlainly: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** For browsers: pages, their files, and where they are sent. */
  readonly answerPage: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Answers what was thrown, in the form that the request's path asks for. */
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
    // What cannot be sent throws here, and is answered and counted by `refuse`.
    const sent = reply.code(answer.status).send(answer.body);
    inFlight -= 1;
    observe(answer.operation, answer.status, elapsed_ms / 1000);
    logRequest(request, answer.status);
    return sent;
  };
  const answer: Answerer['answer'] = (reply, it) => send(reply, apiHeaders, it);
  const answerPlainly: Answerer['answer'] = (reply, it) => send(reply, plainHeaders, it);
  const answerPage: Answerer['answer'] = (reply, it) => send(reply, pageHeaders, it);
  // Nobody waits for it, so whatever goes wrong ends here.
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
    answer,
    answerPlainly,
    answerPage,
    refuse(error, request, reply) {
      forgetAnswer(reply);
      const { path } = locationOf(request.raw);
      const style = errorStyleOf(path, request.headers.accept);
      // A client that is gone breaks its socket as a lost database breaks ours.
      const cutOff = error !== undefined && error === request.raw.errored;
      const fault = cutOff ? badRequest('The request was cut off') : error;
      const expected = named(apiErrorOf(fault, log, request.id), path);
      const { status, headers } = expected;
      // A request that led nowhere has no name.
      const operation = request.routeOptions.config?.operation ?? 'none';
      if (style === 'page') {
        void refuseAsPage(reply, expected, operation);
        return reply;
      }
      const it = { status, operation, headers, ...writeError(expected, style) };
      return style === 'control' ? answerPlainly(reply, it) : answer(reply, it);
    },
  };
}

/** An answer that could not be sent leaves its headers behind, and one of them may be why. */
function forgetAnswer(reply: FastifyReply): void {
  if (!reply.hasHeader('twilio-request-id')) return;
  for (const name of Object.keys(reply.getHeaders())) reply.removeHeader(name);
}

/** A 404 repeats the path that was asked for; on v1 without the version. */
function named(error: ApiError, path: string): ApiError {
  if (!(error instanceof NotFound)) return error;
  const resource = path.replace(/^\/v1(?=\/)/, '');
  const message = `The requested resource ${resource} was not found`;
  return new ApiError(error.status, error.code, message, error.headers);
}
