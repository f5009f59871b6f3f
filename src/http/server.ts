import {
  type FastifyInstance,
  type FastifyRequest,
  type FastifyServerOptions,
  fastify,
} from 'fastify';
import type { App } from '../app.ts';
import { type ApiError, methodNotAllowed, NotFound } from '../kit/api-error.ts';
import { measureEventLoop } from '../kit/event-loop.ts';
import { tellBuild } from '../kit/product-version.ts';
import { requestSidSource } from '../kit/sid.ts';
import { openAbsences } from './absence.ts';
import { openAnswerer } from './answers/answer.ts';
import { serveApi } from './api/api-routes.ts';
import { serveControl } from './control-routes.ts';
import { serveFaults } from './faults.ts';
import { openBrokenRequests } from './guards/broken-request.ts';
import { openKnownHosts } from './guards/known-hosts.ts';
import { openTransportRule } from './guards/plain-http.ts';
import { BODY_BYTES, HEADER_BYTES, refusalOfRequest } from './guards/request-rules.ts';
import { locationOf, rememberLocation } from './location.ts';
import { observeAnswers } from './metrics.ts';
import { serveMounts } from './mounts.ts';
import { serveOperations } from './operations.ts';
import { serveAssets } from './pages/assets.ts';
import { servePages } from './pages/page-routes.ts';
import type { Routes } from './served-routes.ts';

const PATH_PARAMETER_LENGTH = 256;
const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** The interval at which connections are checked against the two times above. */
const CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
/** The time for which a browser may remember the answer to a preflight request. */
const PREFLIGHT_SECONDS = 86_400;

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The name of the route in the metrics. */
    operation?: string;
  }
}

/** Keeps Fastify from loading its validators: our own schemas check parameters and answers. */
const NO_VALIDATORS = {
  compilersFactory: {
    buildValidator: () => () => () => true,
    buildSerializer: () => () => JSON.stringify,
  },
} as unknown as NonNullable<FastifyServerOptions['schemaController']>;

/** Builds the HTTP server; nothing listens yet. */
export function buildServer(app: App, everything: Routes): FastifyInstance {
  const routes = servedRoutes(everything, app.config.mode);
  const { metrics } = app;
  metrics.declare(routes.metrics);
  tellBuild(metrics, app.database.engine);
  measureEventLoop(metrics);
  const observe = observeAnswers(metrics, () => answerer.inFlight());
  const answerer = openAnswerer(app, observe, (error) => routes.pages.renderError(error, app));
  const hostRule = openKnownHosts(app.config);
  const transportRule = openTransportRule(app.config);
  const { received, answer, answerPlainly, answerPage, refuse } = answerer;
  const newRequestId = requestSidSource(app.now, app.randomBytes);
  const broken = openBrokenRequests(app, newRequestId);
  const server = fastify({
    bodyLimit: BODY_BYTES,
    trustProxy: app.config.trustedProxies.length > 0 ? [...app.config.trustedProxies] : false,
    http: {
      maxHeaderSize: HEADER_BYTES,
      headersTimeout: HEADERS_TIMEOUT_MS,
      connectionsCheckingInterval: CHECK_MS,
      // `refusalOfRequest` checks this in the documented form. Node would answer without a body.
      requireHostHeader: false,
    },
    requestTimeout: REQUEST_TIMEOUT_MS,
    keepAliveTimeout: KEEP_ALIVE_MS,
    forceCloseConnections: 'idle',
    genReqId: newRequestId,
    rewriteUrl: (request) => rememberLocation(request).route,
    routerOptions: {
      maxParamLength: PATH_PARAMETER_LENGTH,
      // Endpoints with parameters read the query themselves, by their own rules.
      querystringParser: () => ({}),
    },
    schemaController: NO_VALIDATORS,
    exposeHeadRoutes: false,
    frameworkErrors: (error, request, reply) => {
      received();
      refuse(error, request, reply);
    },
    clientErrorHandler: broken.answerBroken,
  });
  // Node would refuse these without a body.
  server.server.on('connect', broken.answerConnect);
  server.server.on('checkExpectation', (request, response) => server.routing(request, response));
  server.addHook('onRequest', (request, _reply, done) => {
    received();
    done(refusalOfRequest(request, hostRule) ?? transportRule(request) ?? undefined);
  });
  server.setErrorHandler(refuse);
  const missOf = missesOf(routes);
  server.setNotFoundHandler((request, reply) => refuse(missOf(request), request, reply));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  if (app.config.mode === 'development') serveFaults(server, app);
  serveApi(server, app, routes.endpoints, answer);
  serveControl(server, app, routes.control, answerPlainly);
  servePages(server, app, routes.pages, answerPage);
  serveAssets(server, routes.assets, answerPage);
  serveMounts(server, app, routes.mounts, answerPlainly);
  serveOperations(server, app, { routes, metrics, answer: answerPlainly });
  const headers = { 'Access-Control-Max-Age': `${PREFLIGHT_SECONDS}` };
  const preflight = { status: 204, operation: 'preflight', headers };
  for (const below of ['/2010-04-01/*', '/v1/*']) {
    server.options(below, (_request, reply) => answer(reply, preflight));
  }
  return server;
}

/** The routes of this mode: routes for development only do not exist in production. */
function servedRoutes(routes: Routes, mode: App['config']['mode']): Routes {
  const isServed = (one: { readonly development_only?: boolean | undefined }) =>
    mode === 'development' || !one.development_only;
  const pages = { ...routes.pages, list: routes.pages.list.filter(isServed) };
  const mounts = routes.mounts.filter(isServed);
  return { ...routes, control: routes.control.filter(isServed), pages, mounts };
}

/**
 * Makes the error for a request without a route: 405 when its path has other methods, 404 when the
 * path does not exist or leads to a resource that is not part of the product.
 */
function missesOf({
  endpoints,
  absences,
  control,
  pages,
}: Routes): (request: FastifyRequest) => ApiError {
  const known = new Map<string, string[]>();
  const methodsOfPages = pages.list.flatMap(({ path, show, submit }) => [
    ...(show ? [{ path, method: 'GET' }] : []),
    ...(submit ? [{ path, method: 'POST' }] : []),
  ]);
  for (const { path, method } of [...endpoints, ...control, ...methodsOfPages]) {
    known.set(path, [...(known.get(path) ?? []), method]);
  }
  const shapes = [...known].map(([path, allowed]) => ({
    pattern: new RegExp(`^${path.replaceAll(/:\w+/g, '[^/]+')}$`),
    allowed,
  }));
  const absenceAt = openAbsences(absences);
  return (request) => {
    const { route } = locationOf(request.raw);
    const absence = absenceAt(route);
    if (absence) return absence;
    const shape = shapes.find(({ pattern }) => pattern.test(route));
    return shape ? methodNotAllowed(shape.allowed) : new NotFound();
  };
}
