import { type AddressInfo, connect, createServer, type Server, type Socket } from 'node:net';

/**
 * A relay between a server and PostgreSQL that reads the protocol's messages as they pass. It works
 * with any driver, because it knows only the wire. It changes nothing but the request for TLS,
 * which it refuses.
 */

/** A statement on its way, with the time until PostgreSQL was ready for the next. */
export interface TappedStatement {
  /** The number of the connection, from 1. */
  readonly connection: number;
  /** The number of the round trip on this connection. Pipelined statements share one. */
  readonly roundTrip: number;
  readonly text: string;
  /** Milliseconds since the time origin of this process. */
  readonly sent: number;
  /** The same for the end of its answer; null while there is none. */
  answered: number | null;
}

export interface Tap {
  /** The address of PostgreSQL through the relay. */
  readonly url: string;
  /** Every statement so far, in the order of sending. */
  readonly statements: readonly TappedStatement[];
  clear(): void;
  close(): void;
}

/** The number of round trips of these statements. */
export function roundTripsOf(statements: readonly TappedStatement[]): number {
  return new Set(statements.map(({ connection, roundTrip }) => `${connection} ${roundTrip}`)).size;
}

/** The code of a request for TLS, which comes before the start message. */
const SSL_REQUEST = 80_877_103;
const LENGTH_BYTES = 4;

export async function openTap(url: string): Promise<Tap> {
  const upstream = new URL(url);
  const statements: TappedStatement[] = [];
  const sockets = new Set<Socket>();
  let connections = 0;
  const server: Server = createServer({ noDelay: true }, (client) => {
    const database = connect({
      host: upstream.hostname,
      port: Number(upstream.port || 5432),
      noDelay: true,
    });
    const reader = new Conversation((connections += 1), statements);
    client.on('data', (bytes: Buffer) => {
      const passed = reader.sent(bytes);
      if (passed.isTlsRequest) client.write('N');
      else database.write(bytes);
    });
    database.on('data', (bytes: Buffer) => {
      reader.answered(bytes);
      client.write(bytes);
    });
    for (const [one, other] of [
      [client, database],
      [database, client],
    ] as const) {
      sockets.add(one);
      one.on('error', () => {});
      one.on('close', () => {
        sockets.delete(one);
        other.destroy();
      });
    }
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const tapped = new URL(url);
  tapped.hostname = '127.0.0.1';
  tapped.port = String((server.address() as AddressInfo).port);
  return {
    url: tapped.href,
    statements,
    clear: () => void (statements.length = 0),
    close() {
      server.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

/** The messages of one connection, in both directions. */
class Conversation {
  readonly #connection: number;
  readonly #statements: TappedStatement[];
  readonly #fromClient = new Frames();
  readonly #fromServer = new Frames();
  readonly #texts = new Map<string, string>();
  /** The statements before each answer that is awaited. */
  readonly #awaited: TappedStatement[][] = [];
  #open: TappedStatement[] = [];
  #roundTrip = 0;
  #hasStarted = false;

  constructor(connection: number, statements: TappedStatement[]) {
    this.#connection = connection;
    this.#statements = statements;
  }

  sent(bytes: Buffer): { isTlsRequest: boolean } {
    if (!this.#hasStarted) {
      // The start message has no type. The drivers send it, and a request for TLS, by itself.
      const isTlsRequest = bytes.length === 8 && bytes.readUInt32BE(LENGTH_BYTES) === SSL_REQUEST;
      this.#hasStarted = !isTlsRequest;
      return { isTlsRequest };
    }
    for (const { type, body } of this.#fromClient.take(bytes)) this.#read(type, body);
    return { isTlsRequest: false };
  }

  #read(type: string, body: Buffer): void {
    if (type === 'Q') {
      this.#note(textAt(body, 0));
      this.#await();
    } else if (type === 'P') {
      const name = textAt(body, 0);
      this.#texts.set(name, textAt(body, Buffer.byteLength(name) + 1));
    } else if (type === 'B') {
      const portal = textAt(body, 0);
      const name = textAt(body, Buffer.byteLength(portal) + 1);
      this.#note(this.#texts.get(name) ?? `(prepared ${name})`);
    } else if (type === 'S') {
      this.#await();
    }
  }

  #note(text: string): void {
    if (this.#awaited.length === 0 && this.#open.length === 0) this.#roundTrip += 1;
    const statement: TappedStatement = {
      connection: this.#connection,
      roundTrip: this.#roundTrip,
      text,
      sent: performance.now(),
      answered: null,
    };
    this.#open.push(statement);
    this.#statements.push(statement);
  }

  #await(): void {
    this.#awaited.push(this.#open);
    this.#open = [];
  }

  answered(bytes: Buffer): void {
    for (const { type } of this.#fromServer.take(bytes)) {
      if (type !== 'Z') continue;
      // The first of these messages ends the start, and answers no statement.
      const now = performance.now();
      for (const statement of this.#awaited.shift() ?? []) statement.answered = now;
    }
  }
}

/** Cuts a stream into messages: a letter, the length of the rest, the rest. */
class Frames {
  #rest: Buffer = Buffer.alloc(0);

  take(bytes: Buffer): { type: string; body: Buffer }[] {
    const all = this.#rest.length === 0 ? bytes : Buffer.concat([this.#rest, bytes]);
    const frames: { type: string; body: Buffer }[] = [];
    let at = 0;
    while (all.length - at > LENGTH_BYTES) {
      const end = at + 1 + all.readUInt32BE(at + 1);
      if (end > all.length) break;
      const type = String.fromCodePoint(all[at] as number);
      frames.push({ type, body: all.subarray(at + 1 + LENGTH_BYTES, end) });
      at = end;
    }
    this.#rest = all.subarray(at);
    return frames;
  }
}

function textAt(body: Buffer, start: number): string {
  return body.toString('utf8', start, body.indexOf(0, start));
}
