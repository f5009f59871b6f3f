import type { IncomingMessage, ServerResponse } from 'node:http';
import { isIP, Socket } from 'node:net';
import { type Duplex, duplexPair } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { connect as connectTls } from 'node:tls';
import { request as requestHttp } from '../kit/node-http.ts';
import { proxyUnreachable } from './refusal.ts';
import type { Target } from './targets.ts';
import { connectTo, proxyHeaders } from './tunnel.ts';
import type { Upstream } from './upstream.ts';

const IDLE_MS = 120_000;
/** Headers that are for one connection only (RFC 9110 §7.6.1). */
const HOP_BY_HOP = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'upgrade',
]);

/** The place that a request is forwarded to. */
export type Destination =
  /** To the network, through the user's own proxy if there is one. */
  | { readonly upstream: Upstream | null }
  /** Over an open connection. */
  | { readonly reached: Socket }
  /** To Tieline, which takes the connection. */
  | { readonly accept: (connection: Duplex) => void };

/**
 * Forwards a request and streams its answer back. Some clients ask their proxy for https addresses
 * in this way, without CONNECT. The proxy then opens the TLS connection to the host.
 * @throws the system's error when the host cannot be reached
 */
export async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: Target,
  destination: Destination,
): Promise<void> {
  const { connection, path, added } = await routeTo(target, destination);
  const headers = [...passedOn(request.rawHeaders), 'Host', hostOf(target), ...added];
  const { method = 'GET' } = request;
  const { promise, resolve, reject } = Promise.withResolvers<IncomingMessage>();
  const createConnection = () => connection;
  // Without an agent, the connection is never used again for another host.
  const sent = requestHttp({ createConnection, method, path, headers });
  if (connection instanceof Socket) {
    connection.setTimeout(IDLE_MS, () => {
      sent.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
    });
  }
  sent.once('response', resolve);
  sent.once('error', reject);
  response.once('close', () => {
    sent.destroy();
    connection.destroy();
  });
  pipeline(request, sent).catch(reject);
  const answer = await promise;
  response.sendDate = false;
  response.writeHead(answer.statusCode ?? 502, answer.statusMessage, passedOn(answer.rawHeaders));
  await pipeline(answer, response);
}

interface Route {
  readonly connection: Duplex;
  /** The target in the request line. */
  readonly path: string;
  /** Headers for the next proxy. */
  readonly added: readonly string[];
}

async function routeTo(target: Target, destination: Destination): Promise<Route> {
  const { scheme, host, port, path } = target;
  if ('accept' in destination) {
    const [connection, other] = duplexPair();
    // The server reads these two fields of a socket. The client asked for https, from this machine.
    Object.assign(other, { encrypted: true, remoteAddress: '127.0.0.1' });
    destination.accept(other);
    return { connection, path, added: [] };
  }
  const { upstream } = 'reached' in destination ? { upstream: null } : destination;
  if (scheme === 'http' && upstream && !upstream.passes(host, port)) {
    const connection = await connectTo(upstream.host, upstream.port, null).catch(
      (error: unknown) => {
        throw proxyUnreachable(error, upstream);
      },
    );
    const added = Object.entries(proxyHeaders(upstream)).flat();
    return { connection, path: `http://${hostOf(target)}${path}`, added };
  }
  const socket =
    'reached' in destination ? destination.reached : await connectTo(host, port, upstream);
  if (scheme === 'http') return { connection: socket, path, added: [] };
  const named = isIP(host) ? {} : { servername: host };
  return { connection: connectTls({ socket, ...named }), path, added: [] };
}

/** The host for the `Host` header. The client's own header might name another host. */
function hostOf({ host, port, scheme }: Target): string {
  const name = host.includes(':') ? `[${host}]` : host;
  return port === (scheme === 'https' ? 443 : 80) ? name : `${name}:${port}`;
}

/** Raw headers, names and values in turn, without the headers of the connection and the host. */
function passedOn(rawHeaders: readonly string[]): string[] {
  const named = new Set(HOP_BY_HOP);
  for (const [name, value] of pairsOf(rawHeaders)) {
    if (name.toLowerCase() !== 'connection') continue;
    for (const one of value.split(',')) named.add(one.trim().toLowerCase());
  }
  return pairsOf(rawHeaders)
    .filter(([name]) => !named.has(name.toLowerCase()) && name.toLowerCase() !== 'host')
    .flat();
}

function pairsOf(rawHeaders: readonly string[]): [string, string][] {
  const pairs: [string, string][] = [];
  for (let at = 0; at < rawHeaders.length; at += 2) {
    pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  }
  return pairs;
}
