import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Config, ConfigError } from '../config.ts';
import { listenProblem } from '../kit/listen-problem.ts';

/** What connections are for. */
type Accept = (connection: Duplex) => void;

/**
 * Where connections to Tieline come in. It is open at once, and whoever comes before Tieline is
 * ready waits: so a program can start while Tieline does.
 */
export interface FrontDoor {
  readonly port: number;
  readonly origin: string;
  /** Takes a connection in, from wherever it came. */
  readonly accept: Accept;
  /** Hands over who waits, and everybody who comes later. */
  openTo(accept: Accept): void;
  /** Listens no longer, and sends away who waits. */
  close(): Promise<void>;
}

/** @throws ConfigError in one sentence where nobody can listen there */
export async function openFrontDoor({ host, port }: Config): Promise<FrontDoor> {
  const waiting = new Set<Duplex>();
  let handOver: Accept | null = null;
  const accept: Accept = (connection) => {
    if (handOver) return handOver(connection);
    waiting.add(connection);
    connection.on('error', () => connection.destroy());
    connection.once('close', () => waiting.delete(connection));
  };
  // As a server of HTTP listens: a client may end its half, and small answers go at once.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) =>
    accept(socket),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const problem = listenProblem(error, host, port);
      reject(problem === null ? error : new ConfigError(problem));
    });
    server.listen(port, host, resolve);
  });
  const { port: bound } = server.address() as AddressInfo;
  return {
    port: bound,
    origin: `http://localhost:${bound}`,
    accept,
    openTo(to) {
      handOver = to;
      for (const connection of waiting) to(connection);
      waiting.clear();
    },
    async close() {
      const closed = new Promise((resolve) => server.close(resolve));
      for (const connection of waiting) connection.destroy();
      await closed;
    },
  };
}
