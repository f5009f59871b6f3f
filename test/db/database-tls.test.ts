import assert from 'node:assert/strict';
import { createServer, type Socket } from 'node:net';
import { suite, test } from 'node:test';
import { TLSSocket } from 'node:tls';
import { Kysely, sql } from 'kysely';
import { postgresDialect } from '../../src/db/postgres/postgres.ts';
import type { Tables } from '../../src/db/tables/tables.ts';
import { CERTIFICATE, PRIVATE_KEY } from '../support/self-signed.ts';

/** A PostgreSQL that answers the request for TLS, and the clear text that it got afterwards. */
async function askedForTls(answer: 'S' | 'N') {
  const clear: Buffer[] = [];
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(answer);
      if (answer === 'N') socket.on('data', (bytes: Buffer) => clear.push(bytes));
      else secured(socket).on('data', (bytes: Buffer) => clear.push(bytes));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  return { server, port, clear };
}

function secured(socket: Socket): TLSSocket {
  const options = { isServer: true, cert: CERTIFICATE, key: PRIVATE_KEY };
  return new TLSSocket(socket, options).on('error', () => {});
}

async function ask(port: number, sslmode: string): Promise<unknown> {
  const url = `postgres://tieline:a-password@127.0.0.1:${port}/tieline?sslmode=${sslmode}`;
  const db = new Kysely<Tables>(await postgresDialect(url, () => {}));
  try {
    return await sql`select 1`.execute(db);
  } finally {
    await db.destroy();
  }
}

suite('a PostgreSQL over TLS', () => {
  test('whose certificate has no known authority gets no password', async () => {
    const { server, port, clear } = await askedForTls('S');
    await assert.rejects(ask(port, 'verify-full'), /self-signed certificate/);
    assert.deepEqual(clear, []);
    server.close();
  });

  test('that offers no TLS gets no password when the URL asks for TLS', async () => {
    const { server, port, clear } = await askedForTls('N');
    await assert.rejects(ask(port, 'verify-full'), /does not support SSL/);
    assert.deepEqual(clear, []);
    server.close();
  });
});
