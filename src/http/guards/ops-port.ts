import type { IncomingMessage, Server } from 'node:http';
import type { FastifyInstance } from 'fastify';
import { createServer } from '../../kit/node-http.ts';

/** The paths that the second port serves. The first port serves all others. */
const SERVED: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/raml/tieline.raml',
]);

const onOpsPort = new WeakSet<IncomingMessage>();

/** Whether a request arrived on the second port, which only operators can reach. */
export function cameByOpsPort(request: IncomingMessage): boolean {
  return onOpsPort.has(request);
}

/**
 * A second listener for health, metrics and the description of the control API. It requires no
 * token, because the operator's network decides which machines reach it.
 * @param server answers the requests; it must be ready
 */
export function opsServerOf(server: FastifyInstance): Server {
  const ops = createServer((request, response) => {
    const [path = ''] = (request.url ?? '').split('?');
    if (!SERVED.has(path)) {
      response.writeHead(404, { 'content-type': 'text/plain; charset=utf-8' });
      response.end('This port serves /healthz, /readyz, /metrics and the descriptions.\n');
      return;
    }
    onOpsPort.add(request);
    server.routing(request, response);
  });
  ops.on('clientError', (error, socket) => server.server.emit('clientError', error, socket));
  return ops;
}
