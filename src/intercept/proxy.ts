import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer } from '../kit/node-http.ts';
import type { EpochMs } from '../kit/utc.ts';
import type { Authority } from './authority.ts';
import { forward } from './forward.ts';
import { isIntercepted } from './hosts.ts';
import { refusalOfParser, unreachable } from './refusal.ts';
import { demandPassage, readConnect, readTarget } from './targets.ts';
import { openTlsDoor } from './tls-door.ts';
import { connectTo, join } from './tunnel.ts';
import type { Upstream } from './upstream.ts';

/** Connections at once. A test suite has a few; a program in a loop is refused. */
const MAX_CONNECTIONS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** Sentences that are said; a program may name as many hosts as it likes. */
const MAX_NOTICES = 100;
/** PHP's client looks for exactly these words. */
const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** What a proxy has to be given. */
export interface ProxyParts {
  readonly authority: Authority;
  readonly now: () => EpochMs;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** Refuses every host but the intercepted ones and this machine. */
  readonly offline: boolean;
  /** The proxy that the user had before; null: other hosts are reached directly. */
  readonly upstream: Upstream | null;
  /** Answers on a connection to an intercepted host, after its TLS. */
  readonly accept: (connection: Duplex) => void;
  /** Told what the user should know, in a sentence, each once. */
  readonly notice: (sentence: string) => void;
}

export interface Proxy {
  readonly port: number;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback. Connections to intercepted hosts are answered here; others pass
 * through as they are. Nothing meant for an intercepted host ever leaves this machine.
 * @throws the system's error when the port is taken
 */
export async function startProxy(parts: ProxyParts): Promise<Proxy> {
  const notice = onceEach(parts.notice);
  const sockets = new Set<Duplex>();
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // What it forwards may take as long as the host takes.
    requestTimeout: 0,
    requireHostHeader: false,
  });
  server.maxConnections = MAX_CONNECTIONS;
  server.on('connection', (socket: Socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
  });
  server.on('clientError', (error: NodeJS.ErrnoException, socket: Duplex) => {
    if (error.code === 'ECONNRESET') socket.destroy();
    else refusalOfParser(error.code).writeTo(socket);
  });
  const onConnect = connectHandler(parts, notice);
  const onRequest = requestHandler(parts, notice);
  server.on('connect', (...one) => void onConnect(...one));
  server.on('request', (...one) => void onRequest(...one));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(parts.port, '127.0.0.1', resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

type Notice = (sentence: string) => void;

/** CONNECT: to Tieline for its hosts, else a tunnel whose bytes nobody reads. */
function connectHandler(parts: ProxyParts, notice: Notice) {
  const door = openTlsDoor({ ...parts, notice });
  return async (request: IncomingMessage, duplex: Duplex, head: Buffer): Promise<void> => {
    // Node's types allow other streams, which only come from servers of another kind.
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    let where = { host: '', port: 0 };
    try {
      where = readConnect(request);
      const { host, port } = where;
      if (head.length > 0) socket.unshift(head);
      if (isIntercepted(host)) {
        socket.write(ESTABLISHED);
        return door.enter(socket);
      }
      const warning = demandPassage(host, parts.offline);
      if (warning !== null) notice(warning);
      const other = await connectTo(host, port, parts.upstream);
      if (socket.destroyed) return void other.destroy();
      socket.write(ESTABLISHED);
      join(socket, other);
    } catch (error) {
      unreachable(error, where.host, where.port).writeTo(socket);
    }
  };
}

/** Requests that name their whole address: plain HTTP, and what some clients do for HTTPS. */
function requestHandler(parts: ProxyParts, notice: Notice) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let where = { host: '', port: 0 };
    try {
      const target = readTarget(request);
      where = target;
      if (isIntercepted(target.host)) {
        return await forward(request, response, target, { accept: parts.accept });
      }
      const warning = demandPassage(target.host, parts.offline);
      if (warning !== null) notice(warning);
      await forward(request, response, target, { upstream: parts.upstream });
    } catch (error) {
      unreachable(error, where.host, where.port).answer(response);
    }
  };
}

/** Says each sentence once. */
function onceEach(notice: Notice): Notice {
  const said = new Set<string>();
  return (sentence) => {
    if (said.has(sentence) || said.size >= MAX_NOTICES) return;
    said.add(sentence);
    notice(sentence);
  };
}
