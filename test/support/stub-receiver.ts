import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import {
  createServer as createHttpServer,
  type IncomingMessage,
  type RequestListener,
} from 'node:http';
import { createServer, type Server, type Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import type { ReceiverPolicy } from '../../src/webhooks/addresses.ts';
import {
  guardedFetch,
  type Outcome,
  type OutgoingRequest,
} from '../../src/webhooks/guarded-fetch.ts';

/** A server in the part of a receiver, on real sockets of 127.0.0.1. */
export interface StubReceiver extends AsyncDisposable {
  readonly port: number;
  /** Every connection that it got. */
  readonly sockets: readonly Socket[];
  /** Resolves when the other side has closed every connection. */
  released(): Promise<void>;
}

/** Listens with a server of any kind whose connections are sockets. */
export async function stubReceiver(server: Server): Promise<StubReceiver> {
  const sockets: Socket[] = [];
  server.on('connection', (socket: Socket) => {
    sockets.push(socket);
    // Callers hang up in the middle in many tests.
    socket.on('error', () => {});
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    port: (server.address() as { port: number }).port,
    sockets,
    async released() {
      const open = sockets.filter((socket) => !socket.closed);
      // `once` would reject on an error of the socket.
      await Promise.all(open.map((socket) => new Promise((end) => void socket.on('close', end))));
    },
    async [Symbol.asyncDispose]() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

/** A receiver that speaks HTTP. */
export function httpReceiver(
  answer: (...parameters: Parameters<RequestListener>) => unknown,
): Promise<StubReceiver> {
  return stubReceiver(createHttpServer((request, response) => void answer(request, response)));
}

/** A receiver that can misbehave on its end of a connection. */
export function rawReceiver(misbehave: (socket: Socket) => void): Promise<StubReceiver> {
  return stubReceiver(
    createServer((socket) => {
      misbehave(socket);
      // Only a socket that is read notices that the other side has gone.
      socket.resume();
    }),
  );
}

/** A request as a receiver sees it. */
export async function seen(request: IncomingMessage) {
  const { method, url, headers } = request;
  return { method, url, headers, body: await text(request) };
}

export interface CallOptions extends Partial<OutgoingRequest> {
  readonly policy?: Partial<ReceiverPolicy>;
  /** The addresses of host names, in place of DNS. */
  readonly resolve?: (hostname: string) => Promise<string[]>;
}

/** Calls a URL as a development server does. It may call this machine. */
export function call(url: string, options: CallOptions = {}): Promise<Outcome> {
  const { policy, resolve = async () => ['127.0.0.1'], ...request } = options;
  return guardedFetch(
    {
      config: {
        mode: 'development',
        publicUrl: null,
        webhookPorts: [],
        webhookNetworks: [],
        ...policy,
      },
      resolve,
      randomBytes,
    },
    {
      url,
      method: 'GET',
      headers: {},
      credentials: null,
      connect_ms: 10_000,
      read_ms: 10_000,
      total_ms: 10_000,
      ...request,
    },
  );
}
