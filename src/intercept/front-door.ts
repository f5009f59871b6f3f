import { type AddressInfo, createServer, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { type Config, ConfigError } from '../config.ts';
import { listenProblem } from '../kit/listen-problem.ts';

/** Takes a connection over. */
type Accept = (connection: Duplex) => void;

/**
 * The port on which Tieline listens. It opens at once, and connections wait in it until Tieline is
 * ready. A program can therefore start while Tieline starts.
 */
export interface FrontDoor {
  readonly port: number;
  readonly origin: string;
  /** Takes a connection that came in elsewhere. */
  readonly accept: Accept;
  /** Hands over the connections that wait, and all later ones. */
  openTo(accept: Accept): void;
  /** Stops listening, and closes the connections that wait. */
  close(): Promise<void>;
}

/** @throws ConfigError with one sentence when the address cannot be listened on */
export async function openFrontDoor({ host, port }: Config): Promise<FrontDoor> {
  const waiting = new Set<Duplex>();
  let handOver: Accept | null = null;
  const accept: Accept = (connection) => {
    if (handOver) return handOver(connection);
    waiting.add(connection);
    connection.on('error', () => connection.destroy());
    connection.once('close', () => waiting.delete(connection));
  };
  // The same options as an HTTP server: a client may end its half, and small answers go out at once.
  const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket: Socket) =>
    accept(socket),
  );
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error) => {
      const problem = listenProblem(error, { host, port, option: '--port' });
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
