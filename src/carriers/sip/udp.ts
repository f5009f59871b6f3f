import { createSocket, type Socket } from 'node:dgram';
import { isIPv6 } from 'node:net';
import { type Hop, hopName, type SipOutside, type Source } from './outside.ts';

/** The most sockets that are connected to one target each, and their life without a message. */
const MAX_CONNECTED = 64;
const CONNECTED_IDLE_MS = 64_000;

interface Connected {
  readonly socket: Socket;
  readonly ready: Promise<void>;
  readonly failures: Set<(reason: string) => void>;
  usedAt: number;
}

export interface UdpEvents {
  message(octets: Buffer, source: Source): void;
}

/**
 * One UDP port. On Linux each target has a socket of its own beside the listening one, on the same
 * port: only a connected socket hears that a target's port is closed.
 */
export class Udp {
  readonly port: number;
  readonly #socket: Socket;
  readonly #host: string;
  readonly #outside: SipOutside;
  readonly #events: UdpEvents;
  readonly #connected = new Map<string, Connected>();

  private constructor(socket: Socket, host: string, outside: SipOutside, events: UdpEvents) {
    this.#socket = socket;
    this.#host = host;
    this.#outside = outside;
    this.#events = events;
    this.port = socket.address().port;
    this.#listen(socket);
  }

  static async open(
    at: { readonly host: string; readonly port: number },
    outside: SipOutside,
    events: UdpEvents,
  ): Promise<Udp> {
    const socket = await bound(at.host, at.port);
    return new Udp(socket, at.host, outside, events);
  }

  send(octets: Buffer, hop: Hop, failed: (reason: string) => void): void {
    const connected = this.#connectedTo(hop);
    const done = (error: Error | null) => error && failed(error.message);
    if (!connected) return this.#socket.send(octets, hop.port, hop.address, done);
    connected.usedAt = this.#outside.now();
    connected.failures.add(failed);
    // The port may be closed at any time of the transaction, so its listener stays for a while.
    this.#outside.after(CONNECTED_IDLE_MS, () => connected.failures.delete(failed));
    connected.ready.then(
      () => connected.socket.send(octets, done),
      (error: Error) => failed(error.message),
    );
  }

  /** Answers go by the listening socket, to where the request came from. */
  answer(octets: Buffer, { port, address }: Source): void {
    this.#socket.send(octets, port, address, () => {});
  }

  close(): void {
    this.#socket.close();
    for (const { socket } of this.#connected.values()) socket.close();
    this.#connected.clear();
  }

  #listen(socket: Socket): void {
    socket.on('message', (octets, { address, port }) => {
      this.#events.message(octets, { transport: 'udp', address, port, connection: null });
    });
    // Errors of single datagrams come to their callbacks.
    socket.on('error', () => {});
  }

  #connectedTo(hop: Hop): Connected | null {
    if (process.platform !== 'linux') return null;
    const name = hopName(hop);
    const known = this.#connected.get(name);
    if (known) return known;
    if (this.#connected.size >= MAX_CONNECTED) return null;
    const socket = newSocket(this.#host);
    const failures = new Set<(reason: string) => void>();
    const ready = bindTo(socket, this.#host, this.port).then(() => connectTo(socket, hop));
    const made: Connected = { socket, ready, failures, usedAt: this.#outside.now() };
    this.#listen(socket);
    socket.on('error', (error) => {
      const heard = [...failures];
      failures.clear();
      for (const one of heard) one(error.message);
    });
    ready.catch(() => this.#forget(name));
    this.#connected.set(name, made);
    this.#watch(name, made);
    return made;
  }

  #watch(name: string, made: Connected): void {
    this.#outside.after(CONNECTED_IDLE_MS, () => {
      if (this.#connected.get(name) !== made) return;
      if (this.#outside.now() - made.usedAt >= CONNECTED_IDLE_MS) this.#forget(name);
      else this.#watch(name, made);
    });
  }

  #forget(name: string): void {
    this.#connected.get(name)?.socket.close();
    this.#connected.delete(name);
  }
}

function newSocket(host: string): Socket {
  const type = isIPv6(host) ? 'udp6' : 'udp4';
  return createSocket({ type, reusePort: process.platform === 'linux' });
}

async function bound(host: string, port: number): Promise<Socket> {
  const socket = newSocket(host);
  await bindTo(socket, host, port);
  return socket;
}

function bindTo(socket: Socket, address: string, port: number): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.bind({ address, port }, () => {
    socket.off('error', reject);
    resolve();
  });
  return promise;
}

function connectTo(socket: Socket, { port, address }: Hop): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  socket.once('error', reject);
  socket.connect(port, address, () => {
    socket.off('error', reject);
    resolve();
  });
  return promise;
}
