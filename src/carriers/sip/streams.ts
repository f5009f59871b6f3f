import { connect as connectTcp, createServer, type Server, type Socket } from 'node:net';
import { connect as connectTls, createServer as createTlsServer } from 'node:tls';
import { Frames } from './frames.ts';
import { BadMessage } from './message.ts';
import { type Hop, hopName, type SipOutside, type Source } from './outside.ts';

/** The limits of connections. */
const STREAMS = {
  connections: 1_024,
  /** The most connections that came from one address. */
  per_address: 64,
  /** The time to connect, with TLS. */
  connect_ms: 5_000,
  /** The life of a connection without an octet. */
  idle_ms: 180_000,
  /** The time for the rest of a message that has begun. */
  message_ms: 10_000,
  /** Octets that the other side has not read. */
  unread_octets: 1_048_576,
} as const;

export interface TlsFiles {
  readonly cert: string;
  readonly key: string;
  /** Certificates that sign those of other sides, in place of the system's. */
  readonly ca?: string;
}

interface Open {
  readonly number: number;
  readonly socket: Socket;
  readonly peer: Hop;
  readonly came_in: boolean;
  readonly frames: Frames;
  readonly failures: Set<(reason: string) => void>;
  heardAt: number;
  begunAt: number | null;
}

export interface StreamEvents {
  message(octets: Buffer, source: Source): void;
}

/** The connections of one transport, TCP or TLS, those that came and those that were made. */
export class Streams {
  readonly #transport: 'tcp' | 'tls';
  readonly #tls: TlsFiles | null;
  readonly #outside: SipOutside;
  readonly #events: StreamEvents;
  readonly #open = new Map<number, Open>();
  /** Connections that we made, by their target. They are used again. */
  readonly #made = new Map<string, Open>();
  #server: Server | null = null;
  #count = 0;

  constructor(
    kind: { readonly transport: 'tcp' | 'tls'; readonly tls: TlsFiles | null },
    outside: SipOutside,
    events: StreamEvents,
  ) {
    this.#transport = kind.transport;
    this.#tls = kind.tls;
    this.#outside = outside;
    this.#events = events;
  }

  get size(): number {
    return this.#open.size;
  }

  /** Listens, and gives the bound port. */
  async listen(host: string, port: number): Promise<number> {
    const server =
      this.#transport === 'tls'
        ? createTlsServer({ ...this.#tls }, (socket) => this.#accept(socket))
        : createServer((socket) => this.#accept(socket));
    server.on('tlsClientError', () => {});
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    server.once('error', reject);
    server.listen({ host, port }, resolve);
    await promise;
    this.#server = server;
    const address = server.address();
    return typeof address === 'object' && address ? address.port : port;
  }

  send(octets: Buffer, hop: Hop, failed: (reason: string) => void): void {
    const name = `${hopName(hop)} ${hop.server_name ?? ''}`;
    let open = this.#made.get(name);
    if (!open) {
      if (this.#open.size >= STREAMS.connections) return failed('Too many connections are open');
      open = this.#connect(hop, name);
    }
    open.failures.add(failed);
    this.#write(open, octets);
  }

  /** Answers on the connection of the request, or on one to its address if that has ended. */
  answer(octets: Buffer, source: Source): void {
    const open = source.connection === null ? undefined : this.#open.get(source.connection);
    if (open) this.#write(open, octets);
    else this.send(octets, source, () => {});
  }

  close(): void {
    this.#server?.close();
    for (const { socket } of this.#open.values()) socket.destroy();
  }

  #accept(socket: Socket): void {
    const { remoteAddress: address = '', remotePort: port = 0 } = socket;
    let from_there = 0;
    for (const one of this.#open.values()) {
      if (one.came_in && one.peer.address === address) from_there += 1;
    }
    if (this.#open.size >= STREAMS.connections || from_there >= STREAMS.per_address) {
      socket.on('error', () => {});
      socket.destroy();
      return;
    }
    this.#follow(socket, { transport: this.#transport, address, port }, { came_in: true });
  }

  #connect(hop: Hop, name: string): Open {
    const { address: host, port, server_name: servername = '' } = hop;
    const ca = this.#tls?.ca;
    const socket =
      this.#transport === 'tls'
        ? connectTls({ host, port, servername, ...(ca !== undefined && { ca }) })
        : connectTcp({ host, port });
    const cancel = this.#outside.after(STREAMS.connect_ms, () => {
      socket.destroy(new Error('No connection came about in time'));
    });
    socket.once(this.#transport === 'tls' ? 'secureConnect' : 'connect', cancel);
    socket.once('close', cancel);
    const open = this.#follow(socket, hop, { came_in: false });
    this.#made.set(name, open);
    socket.once('close', () => this.#made.delete(name));
    return open;
  }

  #follow(socket: Socket, peer: Hop, { came_in }: { came_in: boolean }): Open {
    this.#count += 1;
    const open: Open = {
      number: this.#count,
      socket,
      peer,
      came_in,
      frames: new Frames(),
      failures: new Set(),
      heardAt: this.#outside.now(),
      begunAt: null,
    };
    this.#open.set(open.number, open);
    let reason = 'The connection was closed';
    socket.setNoDelay(true);
    socket.on('data', (chunk: Buffer) => this.#read(open, chunk));
    socket.on('error', (error) => {
      reason = error.message;
    });
    socket.on('close', () => {
      this.#open.delete(open.number);
      for (const failed of open.failures) failed(reason);
      open.failures.clear();
    });
    this.#watch(open);
    return open;
  }

  #read(open: Open, chunk: Buffer): void {
    const { socket, peer, number, frames } = open;
    open.heardAt = this.#outside.now();
    try {
      for (const frame of frames.take(chunk)) {
        if (frame.is === 'ping') this.#write(open, Buffer.from('\r\n'));
        else this.#events.message(frame.octets, { ...peer, connection: number });
      }
    } catch (error) {
      if (!(error instanceof BadMessage)) throw error;
      socket.destroy(error);
    }
    open.begunAt = frames.isWithin ? (open.begunAt ?? this.#outside.now()) : null;
  }

  #write({ socket }: Open, octets: Buffer): void {
    if (socket.destroyed) return;
    socket.write(octets);
    if (socket.writableLength > STREAMS.unread_octets) socket.destroy(new Error('Nothing is read'));
  }

  #watch(open: Open): void {
    const cancel = this.#outside.after(STREAMS.message_ms, () => {
      const now = this.#outside.now();
      const is_slow = open.begunAt !== null && now - open.begunAt >= STREAMS.message_ms;
      if (is_slow || now - open.heardAt >= STREAMS.idle_ms) open.socket.destroy();
      else if (!open.socket.destroyed) this.#watch(open);
    });
    open.socket.once('close', cancel);
  }
}
