import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

/** A client that takes no byte of its answer for this time is cut off. */
const STALLED_MS = 30_000;

/**
 * Closes the connection of a client that no longer takes its answer, so that nothing is kept for it.
 * A client that is slow, but takes bytes, stays. So does one whose answer is still being made.
 */
export function closeStalled(server: Server): void {
  // Node counts the bytes that the system has taken, also within one large write.
  server.setTimeout(STALLED_MS);
  // With this listener Node leaves the connection open. Without a request it closes it.
  server.on('request', (_request, response: ServerResponse) => {
    response.on('timeout', closeIfStalled);
  });
}

function closeIfStalled(socket: Socket): void {
  if (socket.writableLength > 0) socket.destroy();
}
