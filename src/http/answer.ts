import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App } from '../app.ts';
import { ApiError, NotFound } from '../kit/api-error.ts';
import { apiErrorOf, errorStyleOf, writeError } from './error-answer.ts';
import { locationOf } from './location.ts';

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
const CONTROL_HEADERS = { 'Cache-Control': 'no-store' };

export interface Answer {
  readonly status: number;
  readonly body?: string;
  readonly type?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** Sends every answer of the API and of the control API, refusals included. */
export interface Answerer {
  readonly answer: (reply: FastifyReply, answer: Answer) => FastifyReply;
  readonly answerControl: (reply: FastifyReply, answer: Answer) => FastifyReply;
  /** Answers what was thrown, in the form that the request's path asks for. */
  readonly refuse: (error: unknown, request: FastifyRequest, reply: FastifyReply) => FastifyReply;
}

/** @param inFlight tells how many requests are being answered now. */
export function openAnswerer({ config, log }: App, inFlight: () => number): Answerer {
  const isEncrypted = config.publicUrl?.startsWith('https:') ?? false;
  const apiHeaders = isEncrypted ? { ...API_HEADERS, ...HSTS } : API_HEADERS;
  const send = (reply: FastifyReply, common: Record<string, string>, answer: Answer) => {
    reply.headers(common);
    reply.header('Twilio-Request-Id', reply.request.id);
    reply.header('Twilio-Request-Duration', (reply.elapsedTime / 1000).toFixed(3));
    // What cannot even be routed is not counted, but answered all the same.
    reply.header('Twilio-Concurrent-Requests', String(Math.max(inFlight(), 1)));
    if (answer.headers) reply.headers(answer.headers);
    if (answer.type !== undefined) reply.type(answer.type);
    return reply.code(answer.status).send(answer.body);
  };
  const answer: Answerer['answer'] = (reply, it) => send(reply, apiHeaders, it);
  const answerControl: Answerer['answer'] = (reply, it) => send(reply, CONTROL_HEADERS, it);
  return {
    answer,
    answerControl,
    refuse(error, request, reply) {
      const { path } = locationOf(request.raw);
      const style = errorStyleOf(path);
      const expected = named(apiErrorOf(error, log, request.id), path);
      const { status, headers } = expected;
      const it = { status, headers, ...writeError(expected, style) };
      return style === 'control' ? answerControl(reply, it) : answer(reply, it);
    },
  };
}

/** A 404 repeats the path that was asked for; on v1 without the version (contract §2.6). */
function named(error: ApiError, path: string): ApiError {
  if (!(error instanceof NotFound)) return error;
  const resource = path.replace(/^\/v1(?=\/)/, '');
  const message = `The requested resource ${resource} was not found`;
  return new ApiError(error.status, error.code, message, error.headers);
}
