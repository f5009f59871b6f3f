import type { IncomingMessage, ServerResponse } from 'node:http';
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
import { serveCarriers, serveControl } from './control-routes.ts';
import { serveFaults } from './faults.ts';
import { openBrokenRequests } from './guards/broken-request.ts';
import { openEarlyRefusals } from './guards/early-refusal.ts';
import { openKnownHosts } from './guards/known-hosts.ts';
import { lingerAfterAnswer } from './guards/lingering-close.ts';
import { openOverload, watchOverload } from './guards/overload.ts';
import { openTransportRule } from './guards/plain-http.ts';
import { BODY_BYTES, HEADER_BYTES, refusalOfRequest } from './guards/request-rules.ts';
import { closeStalled } from './guards/slow-reader.ts';
import { locationOf, rememberLocation } from './location.ts';
import { observeAnswers } from './metrics.ts';
import { serveMounts } from './mounts.ts';
import { serveOperations } from './operations.ts';
import { serveAssets } from './pages/assets.ts';
import { servePages } from './pages/page-routes.ts';
import { serveFolders } from './pages/static-folder.ts';
import { RouteTable, rememberMatch, routeOf } from './route-table.ts';
import { ROUTED_METHODS } from './routed-methods.ts';
import type { Routes } from './served-routes.ts';

const HEADERS_TIMEOUT_MS = 10_000;
const REQUEST_TIMEOUT_MS = 30_000;
/** The interval at which connections are checked against the two times above. */
const CHECK_MS = 1_000;
const KEEP_ALIVE_MS = 65_000;
/** The time for which a browser may remember the answer to a preflight request. */
const PREFLIGHT_SECONDS = 86_400;

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
  const table = new RouteTable();
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
    rewriteUrl: (request) => placeOf(table, request),
    routerOptions: {
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
  server.server.on('connection', () => app.arrivals.note());
  const watching = watchOverload(app);
  const overload = openOverload(app);
  const { inFlight, apiHeaders } = answerer;
  refuseEarly(
    server,
    openEarlyRefusals({ overload, table, observe, newRequestId, inFlight, headers: apiHeaders }),
  );
  closeStalled(server.server);
  server.addHook('onClose', async () => watching[Symbol.dispose]());
  // Node would refuse these without a body.
  server.server.on('connect', broken.answerConnect);
  server.server.on('checkExpectation', (request, response) => server.routing(request, response));
  server.addHook('onRequest', (request, _reply, done) => {
    received();
    done(refusalOfRequest(request, hostRule) ?? transportRule(request) ?? undefined);
  });
  server.setErrorHandler((error, request, reply) => {
    // Fastify closes the connection of a body that it has not read to its end.
    if (reply.getHeader('connection') === 'close' && !request.raw.complete) {
      lingerAfterAnswer(request.raw);
    }
    return refuse(error, request, reply);
  });
  const missOf = missesOf(routes, table);
  server.setNotFoundHandler((request, reply) => refuse(missOf(request), request, reply));
  server.removeAllContentTypeParsers();
  server.addContentTypeParser('*', { parseAs: 'buffer' }, (_request, body, done) =>
    done(null, body),
  );

  if (app.config.mode === 'development') serveFaults(server, app);
  serveApi(table, app, routes.endpoints, { answer, overload });
  serveControl(table, app, routes.control, answerPlainly);
  serveCarriers(table, app, routes.carriers, answerPlainly);
  servePages(table, app, routes.pages, answerPage);
  serveAssets(table, routes.assets, answerPage);
  serveFolders(table, routes.folders, answerPage);
  serveMounts(table, app, routes.mounts, answerPlainly);
  serveOperations(table, app, { routes, metrics, answer: answerPlainly });
  const operation = 'preflight';
  const headers = { 'Access-Control-Max-Age': `${PREFLIGHT_SECONDS}` };
  for (const path of ['/2010-04-01/*', '/v1/*']) {
    table.add({
      methods: ['OPTIONS'],
      path,
      operation,
      handle: (_request, reply) => answer(reply, { status: 204, operation, headers }),
    });
  }
  serveTable(server, table);
  return server;
}

/** Lets some requests be refused before Fastify sees them. */
function refuseEarly(
  server: FastifyInstance,
  refused: (request: IncomingMessage, response: ServerResponse) => boolean,
): void {
  server.server.removeAllListeners('request');
  server.server.on('request', (request, response) => {
    if (!refused(request, response)) server.routing(request, response);
  });
}

/**
 * Registers one route of Fastify for each limit of bodies, because registering every path takes
 * longer than the rest of a start.
 */
function serveTable(server: FastifyInstance, table: RouteTable): void {
  for (const bodyLimit of new Set([BODY_BYTES, ...table.bodySizes])) {
    server.route({
      method: [...ROUTED_METHODS],
      url: placeFor(bodyLimit),
      bodyLimit,
      handler: (request, reply) =>
        routeOf(request.raw)?.handle(request, reply) ?? reply.callNotFound(),
    });
  }
}

const placeFor = (body_bytes: number) => `/${body_bytes}`;

/** The route of Fastify for a request, which is also found in the table. */
function placeOf(table: RouteTable, request: IncomingMessage): string {
  const { route: path } = rememberLocation(request);
  const match = table.find(request.method ?? '', path);
  // Fastify has no route below this path. It still refuses a URL that cannot be decoded.
  if (match === null) return `/-${path}`;
  rememberMatch(request, match);
  return placeFor(match.route.body_bytes ?? BODY_BYTES);
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
function missesOf({ absences }: Routes, table: RouteTable): (request: FastifyRequest) => ApiError {
  let absenceAt: ReturnType<typeof openAbsences> | null = null;
  return (request) => {
    const { route } = locationOf(request.raw);
    absenceAt ??= openAbsences(absences);
    const absence = absenceAt(route);
    if (absence) return absence;
    const allowed = table.methodsOf(route);
    return allowed.length > 0 ? methodNotAllowed(allowed) : new NotFound();
  };
}
