import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { suite, test } from 'node:test';
import { testApp } from '../support/test-app.ts';

/** A body beyond the limit of the API, and within what a refused client may go on sending. */
const LARGE_BYTES = 2 * 1024 * 1024;
/** More than the server reads, and all buffers between. */
const MOST_BYTES = 128 * 1024 * 1024;
const PIECE = Buffer.alloc(64 * 1024, 'x');
const POKE_MS = 100;

/** Begins a request, and resolves when the server has answered and ended its side. */
async function refusedAt(port: number, length: number) {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen: true });
  const faults: unknown[] = [];
  socket.on('error', (error) => void faults.push(error));
  let answer = '';
  socket.setEncoding('latin1').on('data', (text: string) => {
    answer += text;
  });
  const closed = new Promise<void>((resolve) => void socket.once('close', () => resolve()));
  const head = `POST /v1/x HTTP/1.1\r\nHost: localhost\r\nContent-Length: ${length}\r\n\r\n`;
  socket.write(`${head}FriendlyName=`);
  await once(socket, 'end');
  assert.match(answer, /^HTTP\/1\.1 413 [^]*^connection: close\r$/im);
  return { socket, faults, closed };
}

suite('a client whose body is too large', () => {
  test('is answered, and may go on sending', async () => {
    await using app = await testApp({ engine: 'memory' });
    const port = Number(new URL(await app.listen()).port);
    const { socket, faults, closed } = await refusedAt(port, LARGE_BYTES * 2);
    for (let sent = 0; sent < LARGE_BYTES && faults.length === 0; sent += PIECE.length) {
      await new Promise<void>((resolve) => void socket.write(PIECE, () => resolve()));
    }
    socket.end();
    await closed;
    assert.deepEqual(faults, []);
  });

  test('is cut off when it sends without end', async () => {
    await using app = await testApp({ engine: 'memory' });
    const port = Number(new URL(await app.listen()).port);
    const { socket, faults, closed } = await refusedAt(port, Number.MAX_SAFE_INTEGER);
    const pump = () => {
      while (!socket.destroyed && socket.write(PIECE));
    };
    socket.on('drain', pump);
    pump();
    await closed;
    assert.equal(faults.length, 1);
    assert.ok(socket.bytesWritten < MOST_BYTES, `${socket.bytesWritten} bytes were taken`);
  });

  test('is cut off when it sends slowly', async () => {
    await using app = await testApp({ engine: 'memory' });
    const port = Number(new URL(await app.listen()).port);
    const { socket, faults, closed } = await refusedAt(port, LARGE_BYTES);
    const slowly = setInterval(() => void socket.write('x'), POKE_MS);
    await closed.finally(() => clearInterval(slowly));
    assert.equal(faults.length, 1);
  });
});
