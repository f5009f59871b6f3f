import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer as createHttpServer } from 'node:http';
import { type AddressInfo, connect, type Server, type Socket } from 'node:net';
import { connect as connectTls } from 'node:tls';
import { makePassingAuthority } from '../../src/intercept/authority.ts';
import { type Proxy, type ProxyParts, startProxy } from '../../src/intercept/proxy.ts';

/** The longest wait for an answer. After it, the test fails. */
const PATIENCE_MS = 10_000;

export const ESTABLISHED = 'HTTP/1.1 200 Connection established\r\n\r\n';

/** One authority for all tests of this process. */
export const authority = makePassingAuthority(Date.now());

/** A proxy before a server that echoes its requests, and the sentences that the user saw. */
export interface TestProxy extends AsyncDisposable {
  readonly proxy: Proxy;
  readonly notices: readonly string[];
  /** Sends bytes and, by default, the end of the stream. @returns everything that came back */
  readonly talk: (bytes: string, options?: { readonly end: boolean }) => Promise<string>;
}

export async function testProxy(parts: Partial<ProxyParts> = {}): Promise<TestProxy> {
  const notices: string[] = [];
  const tieline = createHttpServer((request, response) => {
    const scheme = 'encrypted' in request.socket ? 'https' : 'http';
    response.end(`${request.method} ${scheme}://${request.headers.host}${request.url}`);
  });
  const proxy = await startProxy({
    authority: await authority,
    now: Date.now,
    port: 0,
    offline: false,
    upstream: null,
    accept: (connection) => void tieline.emit('connection', connection),
    notice: (sentence) => void notices.push(sentence),
    ...parts,
  });
  return {
    proxy,
    notices,
    talk: (bytes, options = { end: false }) => talkTo(proxy.port, bytes, options),
    async [Symbol.asyncDispose]() {
      await proxy.close();
      tieline.closeAllConnections();
    },
  };
}

async function talkTo(
  port: number,
  bytes: string,
  { end }: { readonly end: boolean },
): Promise<string> {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  let text = '';
  socket.setEncoding('latin1').on('data', (part: string) => {
    text += part;
  });
  socket.on('error', () => socket.destroy());
  socket.setTimeout(PATIENCE_MS, () => socket.destroy(new Error(`no end after "${text}"`)));
  if (end) socket.end(bytes);
  else socket.write(bytes);
  await once(socket, 'end');
  socket.destroy();
  return text;
}

/** A server on a free port of loopback. The end of its scope closes it. */
export async function listening(server: Server): Promise<AsyncDisposable & { port: number }> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sockets = new Set<{ destroy(): void }>();
  server.on('connection', (socket) => sockets.add(socket));
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      const closed = once(server, 'close');
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

/** A connection to the proxy with an open tunnel. */
export async function tunnelTo({ proxy }: TestProxy, authorityText: string): Promise<Socket> {
  const socket = connect(proxy.port, '127.0.0.1');
  socket.write(`CONNECT ${authorityText} HTTP/1.1\r\n\r\n`);
  const [answer] = await once(socket, 'data');
  assert.equal(String(answer), ESTABLISHED);
  return socket;
}

/** The answer to a request inside of the TLS of an intercepted host. */
export async function askInside(
  place: TestProxy,
  host: string,
  line: string,
  port = 443,
): Promise<string> {
  const { ca } = await authority;
  const socket = await tunnelTo(place, `${host}:${port}`);
  const client = connectTls({ socket, servername: host, ca: ca.certificate });
  client.write(`${line}Host: ${host}\r\nConnection: close\r\n\r\n`);
  const parts: Buffer[] = [];
  for await (const part of client as AsyncIterable<Buffer>) parts.push(part);
  return Buffer.concat(parts).toString();
}
