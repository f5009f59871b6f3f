import type { IncomingMessage, ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer } from '../kit/node-http.ts';
import type { EpochMs } from '../kit/utc.ts';
import { answerPlain, answerRefusals, answerTlsTests } from './answers.ts';
import type { Authority } from './authority.ts';
import type { Entry } from './entry.ts';
import { forward } from './forward.ts';
import { type Answerer, answererOf, HTTPS_PORT, isLoopback } from './hosts.ts';
import { refusalOfParser, unreachable } from './refusal.ts';
import { openSideDoor } from './side-door.ts';
import { demandPassage, readConnect, readTarget, refusedSentence } from './targets.ts';
import { openTlsDoor, type TlsDoor } from './tls-door.ts';
import { connectTo, join } from './tunnel.ts';
import type { Upstream } from './upstream.ts';

/** The proxy is for programs of this machine. */
export const PROXY_HOST = '127.0.0.1';
/** Connections at once. A test suite has a few; a program in a loop is refused. */
const MAX_CONNECTIONS = 1_000;
const MAX_HEADER_BYTES = 16 * 1024;
const HEADERS_TIMEOUT_MS = 10_000;
/** The most notices in one run; a program may name any number of hosts. */
const MAX_NOTICES = 100;
/** PHP's client looks for exactly these words. */
const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** The parts and settings of a proxy. */
export interface ProxyParts {
  readonly authority: Authority;
  readonly now: () => EpochMs;
  /** 0 lets the system choose a free port. */
  readonly port: number;
  /** Refuses every host but the intercepted ones and this machine. */
  readonly offline: boolean;
  /** Reaches this machine from the program's own network; null when the program has none. */
  readonly reachLocal?: ((port: number) => Promise<Socket>) | null;
  /** The user's own proxy; null when other hosts are reached directly. */
  readonly upstream: Upstream | null;
  /** Answers on a connection to an intercepted host, after its TLS. */
  readonly accept: (connection: Duplex) => void;
  /** Receives each notice for the user once, as a sentence. */
  readonly notice: (sentence: string) => void;
  /** The guard; null admits every program of this machine, as during a single run. */
  readonly entry?: Entry | null;
}

export interface Proxy {
  readonly port: number;
  /** The port for connections to intercepted hosts that ask for no tunnel. */
  readonly tls_port: number;
  /** Takes connections that came in elsewhere: to the proxy, and to hosts. */
  readonly enter: {
    readonly proxy: (socket: Socket) => void;
    readonly host: (socket: Socket) => void;
  };
  /** Whether any program has asked for anything yet. */
  readonly wasAsked: () => boolean;
  /** Sends at once the notices that still wait. */
  settle(): void;
  /** Ends every connection at once. */
  close(): Promise<void>;
}

/**
 * Starts a proxy on loopback. It answers connections to intercepted hosts, and passes others
 * through unchanged. No byte for an intercepted host ever leaves this machine.
 * @throws the system's error when the port is taken
 */
export async function startProxy(given: ProxyParts): Promise<Proxy> {
  const parts = { ...given, notice: onceEach(given.notice) };
  const { notice } = parts;
  const answers: Answers = {
    tieline: parts.accept,
    tls_test: answerTlsTests(),
    refusal: answerRefusals(notice),
  };
  const door = openTlsDoor({ ...parts, acceptPlain: answerPlain(notice, parts.offline) });
  let isAsked = false;
  const ask = () => void (isAsked = true);
  const enterTls = sideEntrance(parts, answers, door);
  const enterHost = (socket: Socket) => {
    ask();
    enterTls(socket);
  };
  const enterHostFromOutside = async (socket: Socket) => {
    socket.pause();
    if ((await parts.entry?.admits(socket)) === false) socket.destroy();
    else enterHost(socket.resume());
  };
  const sideDoor = await openSideDoor(
    (socket) => void enterHostFromOutside(socket),
    MAX_CONNECTIONS,
  );
  const { server, closeAll } = proxyServer();
  const onConnect = connectHandler(parts, answers, door);
  const onRequest = requestHandler(parts, answers);
  server.on('connect', ask).on('request', ask);
  server.on('connect', (...one) => void onConnect(...one));
  server.on('request', (...one) => void onRequest(...one));
  try {
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(parts.port, PROXY_HOST, resolve);
    });
  } catch (error) {
    await sideDoor.close();
    throw error;
  }
  return {
    port: (server.address() as AddressInfo).port,
    tls_port: sideDoor.port,
    enter: { proxy: (socket) => void server.emit('connection', socket), host: enterHost },
    wasAsked: () => isAsked,
    settle: () => door.settle(),
    async close() {
      // The proxy now ends connections itself, so a connection that ends says nothing about trust.
      door.settle();
      await Promise.all([closeAll(), sideDoor.close()]);
    },
  };
}

/** The proxy's HTTP server, and a function that ends all of its connections. */
function proxyServer() {
  const sockets = new Set<Duplex>();
  const server = createServer({
    maxHeaderSize: MAX_HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT_MS,
    // A forwarded request may take as long as its host needs.
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
  const closeAll = async () => {
    const closed = new Promise((resolve) => server.close(resolve));
    for (const socket of sockets) socket.destroy();
    await closed;
  };
  return { server, closeAll };
}

/** Takes clients that believe this is the host itself. Their TLS names the host. */
function sideEntrance({ offline, notice }: ProxyParts, answers: Answers, door: TlsDoor) {
  const answererAt = (host: string) =>
    answererOf({ host, port: HTTPS_PORT }, { offline }) ?? 'refusal';
  return door.entrance(
    // A client that names no host was shown the certificate of the plain hosts, and means one of them.
    (connection, host) => answers[host === null ? 'tieline' : answererAt(host)](connection),
    (host) => {
      if (answererAt(host) === 'refusal') notice(refusedSentence(host));
    },
  );
}

/** The function that takes the connections, for each part that answers. */
type Answers = Readonly<Record<Answerer, (connection: Duplex) => void>>;

/** CONNECT: leads to the part that answers in place of the host, or opens a tunnel to the host. */
function connectHandler(parts: ProxyParts, answers: Answers, door: TlsDoor) {
  const enter = {
    tieline: door.entrance(answers.tieline),
    tls_test: door.entrance(answers.tls_test),
    refusal: door.entrance(answers.refusal),
  };
  return async (request: IncomingMessage, duplex: Duplex, head: Buffer): Promise<void> => {
    // Node's types allow other streams, but an HTTP server gives sockets only.
    const socket = duplex as Socket;
    socket.on('error', () => socket.destroy());
    let where = { host: '', port: 0 };
    try {
      await parts.entry?.demand(request);
      where = readConnect(request);
      const { host, port } = where;
      if (head.length > 0) socket.unshift(head);
      const answerer = answererOf(where, parts);
      if (answerer !== null) {
        socket.write(ESTABLISHED);
        return enter[answerer](socket);
      }
      demandPassage(host, parts.offline, parts.notice);
      const { reachLocal } = parts;
      const other =
        reachLocal && isLoopback(host)
          ? await reachLocal(port)
          : await connectTo(host, port, parts.upstream);
      if (socket.destroyed) return void other.destroy();
      socket.write(ESTABLISHED);
      join(socket, other);
    } catch (error) {
      unreachable(error, where.host, where.port).writeTo(socket);
    }
  };
}

/** Requests that name their whole address: plain HTTP, and what some clients do for HTTPS. */
function requestHandler(parts: ProxyParts, answers: Answers) {
  return async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    let where = { host: '', port: 0 };
    try {
      await parts.entry?.demand(request);
      const target = readTarget(request);
      where = target;
      const answerer = answererOf(target, parts);
      if (answerer !== null) {
        return await forward(request, response, target, { accept: answers[answerer] });
      }
      demandPassage(target.host, parts.offline, parts.notice);
      const { reachLocal, upstream } = parts;
      const reached = reachLocal && isLoopback(target.host) ? await reachLocal(target.port) : null;
      await forward(request, response, target, reached ? { reached } : { upstream });
    } catch (error) {
      unreachable(error, where.host, where.port).answer(response);
    }
  };
}

/** Says each sentence once. */
function onceEach(notice: (sentence: string) => void): (sentence: string) => void {
  const said = new Set<string>();
  return (sentence) => {
    if (said.has(sentence) || said.size >= MAX_NOTICES) return;
    said.add(sentence);
    notice(sentence);
  };
}
