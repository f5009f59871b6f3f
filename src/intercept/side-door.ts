import { type AddressInfo, createServer, type Socket } from 'node:net';

/** The port for clients that believe Tieline is the host itself, and send no proxy request. */
export interface SideDoor {
  readonly port: number;
  close(): Promise<void>;
}

/** Opens it on loopback, on a free port. */
export async function openSideDoor(
  enter: (socket: Socket) => void,
  maxConnections: number,
): Promise<SideDoor> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    enter(socket);
  });
  server.maxConnections = maxConnections;
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
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
