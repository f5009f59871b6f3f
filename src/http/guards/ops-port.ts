import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { FastifyInstance } from 'fastify';

/** What the second port serves; everything else is on the first. */
const SERVED: ReadonlySet<string> = new Set([
  '/healthz',
  '/readyz',
  '/metrics',
  '/openapi.json',
  '/raml/tieline.raml',
]);

const onOpsPort = new WeakSet<IncomingMessage>();

/** Whether a request came in on the second port, which only operators can reach. */
export function cameByOpsPort(request: IncomingMessage): boolean {
  return onOpsPort.has(request);
}

/**
 * A second listener for health, metrics and the description of the control API. The operator's
 * network decides who reaches it, so that no token is asked for.
 * @param server answers; it must be ready
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
