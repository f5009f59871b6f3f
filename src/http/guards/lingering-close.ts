import type { IncomingMessage } from 'node:http';

/** The longest time for which the rest of a refused body is read. */
const LINGER_MS = 2_000;
/** The bytes of it after which no more is read. */
const LINGER_BYTES = 16 * 1024 * 1024;
/** The interval at which they are counted. Node tells nobody of the bytes that it discards. */
const COUNT_MS = 20;

/**
 * Lets a client that still sends its body receive the answer (RFC 9112, section 9.6). After the answer
 * the server ends its own side of the connection, and reads and discards the rest until the client
 * closes, or up to a limit. If it closed at once, the system would reset the connection at the next
 * byte, and the client, or a proxy, could lose the answer.
 *
 * Call it before an answer with `Connection: close`.
 */
export function lingerAfterAnswer({ socket }: IncomingMessage): void {
  const limit = socket.bytesRead + LINGER_BYTES;
  // Node calls this when the answer has been written. Its own function destroys the connection.
  socket.destroySoon = () => {
    const end = performance.now() + LINGER_MS;
    const count = setInterval(() => {
      if (socket.bytesRead > limit || performance.now() > end) socket.destroy();
    }, COUNT_MS);
    socket.once('close', () => clearInterval(count));
    socket.end();
  };
}
