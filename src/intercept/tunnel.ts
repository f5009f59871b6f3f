import { connect, type Socket } from 'node:net';
import { request } from '../kit/node-http.ts';
import { proxyUnreachable, Refusal } from './refusal.ts';
import type { Upstream } from './upstream.ts';

const CONNECT_MS = 30_000;
/** The time that a tunnel may be silent. WebSockets are silent between two events. */
const TUNNEL_IDLE_MS = 600_000;
/** The time without a byte after which a half-closed tunnel ends. */
const HALF_OPEN_MS = 30_000;

/** Connects to a host, through the user's own proxy if there is one. */
export async function connectTo(
  host: string,
  port: number,
  upstream: Upstream | null,
): Promise<Socket> {
  return upstream && !upstream.passes(host, port)
    ? await connectThrough(upstream, host, port)
    : await connectDirectly(host, port);
}

async function connectDirectly(host: string, port: number): Promise<Socket> {
  const socket = connect({ host, port, allowHalfOpen: true });
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const late = () => {
    socket.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
  };
  socket.once('connect', () => {
    // From here on its user decides how long the socket may be silent.
    socket.setTimeout(0).off('timeout', late);
    resolve(socket);
  });
  socket.once('error', reject);
  socket.setTimeout(CONNECT_MS, late);
  return await promise;
}

async function connectThrough(upstream: Upstream, host: string, port: number): Promise<Socket> {
  const path = host.includes(':') ? `[${host}]:${port}` : `${host}:${port}`;
  const { promise, resolve, reject } = Promise.withResolvers<Socket>();
  const asked = request({
    host: upstream.host,
    port: upstream.port,
    method: 'CONNECT',
    path,
    headers: { Host: path, ...proxyHeaders(upstream) },
    agent: false,
    timeout: CONNECT_MS,
  });
  asked.once('connect', ({ statusCode = 0 }, socket, head) => {
    if (statusCode >= 300) {
      socket.destroy();
      const proxy = `${upstream.host}:${upstream.port}`;
      return reject(new Refusal(502, `The proxy ${proxy} answered ${statusCode} for ${path}.`));
    }
    socket.setTimeout(0);
    if (head.length > 0) socket.unshift(head);
    resolve(socket);
  });
  asked.once('error', (error) => reject(proxyUnreachable(error, upstream)));
  asked.once('timeout', () => {
    asked.destroy(Object.assign(new Error('late'), { code: 'ETIMEDOUT' }));
  });
  asked.end();
  return await promise;
}

/** The headers for the user's own proxy. */
export function proxyHeaders({ authorization }: Upstream): Record<string, string> {
  return authorization === null ? {} : { 'Proxy-Authorization': authorization };
}

/** Passes bytes both ways, unread, until both sides have ended or were silent for too long. */
export function join(one: Socket, other: Socket): void {
  const sides = [
    [one, other],
    [other, one],
  ] as const;
  for (const [from, to] of sides) {
    from.setTimeout(TUNNEL_IDLE_MS, () => from.destroy());
    from.on('error', () => to.destroy());
    from.on('close', () => to.destroySoon());
    // The remaining side ends when it sends nothing for this time.
    from.on('end', () => to.setTimeout(HALF_OPEN_MS));
    from.pipe(to);
  }
}
