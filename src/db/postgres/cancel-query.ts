import type { Socket } from 'node:net';
import type { ClientBase } from 'pg';

/** The longest wait for a server that takes the request to cancel and says nothing. */
const PATIENCE_MS = 5_000;

/** The parts of a connection of `pg` that its types leave out. */
interface Wire {
  readonly stream: Socket;
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(process: number, secret: number): void;
  on(event: 'connect' | 'sslconnect' | 'end' | 'error', heard: () => void): void;
}

/** A client of `pg` with the key that the server gave its connection. */
interface Cancelable {
  readonly host: string;
  readonly port: number;
  readonly ssl: unknown;
  readonly sslNegotiation: string;
  readonly processID: number;
  readonly secretKey: number;
  readonly connection: { readonly constructor: new (options: object) => Wire };
}

/**
 * Asks the server to cancel the query that runs on a connection, over another connection. Poolers
 * pass it on. A query that has ended stays as it is.
 *
 * @returns when the server has heard it, or cannot be reached. The next query of the connection is
 * then safe from it.
 */
export function cancelQuery(client: ClientBase): Promise<void> {
  const { host, port, ssl, sslNegotiation, processID, secretKey, connection } =
    client as unknown as Cancelable;
  const wire = new connection.constructor({ ssl, sslNegotiation });
  const cancel = () => wire.cancel(processID, secretKey);
  return new Promise((resolve) => {
    const timer = setTimeout(() => void wire.stream.destroy(), PATIENCE_MS);
    wire.on('end', () => {
      clearTimeout(timer);
      resolve();
    });
    wire.on('error', () => void wire.stream.destroy());
    wire.on('sslconnect', cancel);
    wire.on('connect', () => {
      if (!ssl) cancel();
      else if (sslNegotiation !== 'direct') wire.requestSsl();
    });
    if (host.startsWith('/')) wire.connect(`${host}/.s.PGSQL.${port}`);
    else wire.connect(port, host);
  });
}
