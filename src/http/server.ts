import type { Socket } from 'node:net';
import {
  type ConnectionError,
  type FastifyInstance,
  type FastifyReply,
  type FastifyRequest,
  fastify,
} from 'fastify';
import { sql } from 'kysely';
import type { App } from '../app.ts';
import { ApiError, badRequest, methodNotAllowed, NotFound } from '../kit/api-error.ts';
import { type Answer, apiHeaders, send } from './answer.ts';
import { serveApi } from './api-routes.ts';
import type { ControlEndpoint } from './control-endpoint.ts';
import { serveControl } from './control-routes.ts';
import type { Endpoint } from './endpoint.ts';
import { apiErrorOf, errorStyleOf, writeError } from './error-answer.ts';
import { locationOf, originOf, rememberLocation } from './location.ts';
import { openMetrics } from './metrics.ts';
import { describeApi } from './openapi.ts';

/** What the server serves. */
export interface Routes {
  readonly endpoints: readonly Endpoint[];
  readonly control: readonly ControlEndpoint[];
}

export const BODY_BYTES = 64 * 1024;
export const HEADER_BYTES = 16 * 1024;
export const URL_LENGTH = 8 * 1024;
const PATH_PARAMETER_LENGTH = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
const KEEP_ALIVE_MS = 65_000;
const READY_TIMEOUT_MS = 2_000;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name of the route in the metrics and the access log. */
    operation?: string;
  }
}

/** Builds the HTTP server. It is the one place that knows Fastify; nothing listens yet. */
export function buildServer(app: App, everything: Routes): FastifyInstance {
  const routes = routesOf(everything, app.config.mode);
  let inFlight = 0;
  const metrics = openMetrics(() => inFlight);
  const headers = apiHeaders(app.config.publicUrl);
  // What cannot even be routed is not counted, but answered all the same.
  const concurrent = () => Math.max(inFlight, 1);
  const reply = (to: FastifyReply, answer: Answer) => send(to, headers, concurrent(), answer);
  const replyPlainly = (to: FastifyReply, answer: Answer) =>
    send(to, NO_STORE, concurrent(), answer);
  const refuse = (error: unknown, request: FastifyRequest, to: FastifyReply) => {
    const expected = apiErrorOf(error, app.log, request.id);
    const { path } = locationOf(request.raw);
    const style = errorStyleOf(path);
    const named =
      expected instanceof NotFound ? new ApiError(404, 20404, notFoundMessage(path)) : expected;
    const { body, type } = writeError(named, style);
    const answerWith = style === 'control' ? replyPlainly : reply;
    return answerWith(to, { status: expected.status, body, type, headers: expected.headers });
  };

  const server = fastify({
    bodyLimit: BODY_BYTES,
    http: {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      // Refused below, in the documented form; Node would answer without a body.
      requireHostHeader: false,
    },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    genReqId: () => app.newSid('RQ'),
    rewriteUrl: (request) => rememberLocation(request).route,
    routerOptions: {
      maxParamLength: PATH_PARAMETER_LENGTH,
      // Queries are read by the endpoints that have parameters, by their own rules.
      querystringParser: () => ({}),
    },
    frameworkErrors: (error, request, to) => void refuse(error, request, to),
    clientErrorHandler: answerBrokenRequest,
  });

  server.addHook('onRequest', (request, _to, done) => {
    inFlight += 1;
    done(refusalOfRequest(request) ?? undefined);
  });
  server.addHook('onResponse', (request, to, done) => {
    inFlight -= 1;
    const operation = request.routeOptions.config.operation ?? 'none';
    metrics.observe(operation, to.statusCode, to.elapsedTime / 1000);
    if (app.log.isLevelEnabled('debug')) {
      const { path } = locationOf(request.raw);
      const { id: request_id, method } = request;
      const ms = Math.round(to.elapsedTime * 10) / 10;
      app.log.debug({ request_id, method, path, status: to.statusCode, ms }, 'request');
    }
    done();
  });
  server.setErrorHandler(refuse);
  const miss = missOf(routes);
  server.setNotFoundHandler((request, to) =>
    refuse(miss(locationOf(request.raw).route), request, to),
  );
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  serveApi(server, app, routes.endpoints, reply);
  serveControl(server, app, routes.control, replyPlainly);
  for (const prefix of ['/2010-04-01/*', '/v1/*']) {
    server.options(prefix, (_request, to) => reply(to, { status: 204, headers: PREFLIGHT }));
  }
  serveOperations(server, app, routes, metrics.contentType, () => metrics.text());
  return server;
}

/** What only tests call does not exist in production. */
function routesOf({ endpoints, control }: Routes, mode: App['config']['mode']): Routes {
  const isServed = (call: ControlEndpoint) => mode === 'development' || !call.development_only;
  return { endpoints, control: control.filter(isServed) };
}

const NO_STORE = { 'Cache-Control': 'no-store' };
const PREFLIGHT = { 'Access-Control-Max-Age': '86400' };

function notFoundMessage(path: string): string {
  return `The requested resource ${path.replace(/^\/v1(?=\/)/, '')} was not found`;
}

/** What the parser lets through and this server does not (reliability T33). */
function refusalOfRequest(request: FastifyRequest): ApiError | null {
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
    if (rawHeaders[i]?.toLowerCase() === name) count += 1;
  }
  return count;
}

/**
 * What a request for which there is no route is refused with: 405 where its path has other
 * methods, 404 where there is no such path.
 */
function missOf({ endpoints, control }: Routes): (route: string) => ApiError {
  const known = new Map<string, string[]>();
  for (const { path, method } of [...endpoints, ...control]) {
    known.set(path, [...(known.get(path) ?? []), method]);
  }
  const shapes = [...known].map(([path, allowed]) => ({
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
    allowed,
  }));
  return (route) => {
    const shape = shapes.find(({ pattern }) => pattern.test(route));
    return shape ? methodNotAllowed(shape.allowed) : new NotFound();
  };
}

/** Health, metrics and the description: for the operator and for tools. */
function serveOperations(
  server: FastifyInstance,
  app: App,
  routes: Routes,
  metricsType: string,
  metricsText: () => Promise<string>,
): void {
  server.get('/healthz', (_request, to) => to.type('text/plain').send('ok\n'));
  server.get('/readyz', async (_request, to) => {
    const answered = sql`select 1`.execute(app.database.db).then(
      () => true,
      () => false,
    );
    const ready = await Promise.race([answered, late()]);
    return to
      .code(ready ? 200 : 503)
      .type('text/plain')
      .send(ready ? 'ready\n' : 'the database does not answer\n');
  });
  server.get('/metrics', async (_request, to) => to.type(metricsType).send(await metricsText()));
  server.get('/openapi.json', (request, to) => {
    const { publicUrl } = app.config;
    const origin = originOf(publicUrl, request.protocol === 'https', request.headers.host);
    const body = JSON.stringify(describeApi(routes, origin));
    return to.header('Access-Control-Allow-Origin', '*').type('application/json').send(body);
  });
}

function late(): Promise<false> {
  return new Promise((resolve) => setTimeout(resolve, READY_TIMEOUT_MS, false).unref());
}

/** Answers what Node's parser refused before it was a request. */
function answerBrokenRequest(error: ConnectionError, socket: Socket): void {
  if (error.code === 'ECONNRESET' || !socket.writable) return;
  const [status, reason, message] = PARSER_REFUSALS[error.code ?? ''] ?? [
    400,
    'Bad Request',
    'The request is not valid HTTP',
  ];
  const [, path = '/'] = /^[A-Z]+ (\S+)/.exec(packetOf(error)) ?? [];
  const style = errorStyleOf(path.replace(/\?.*$/s, ''));
  const { body, type } = writeError(new ApiError(status, 20001, message), style);
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
