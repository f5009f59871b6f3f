import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { Kysely, sql } from 'kysely';
import { isOutage } from '../db-error.ts';
import { postgresDialect } from './postgres.ts';

/** A message of PostgreSQL's protocol. */
function message(type: string, body: Buffer): Buffer {
  const length = Buffer.alloc(4);
  length.writeInt32BE(body.length + 4);
  return Buffer.concat([Buffer.from(type), length, body]);
}

const LET_IN = Buffer.concat([message('R', Buffer.alloc(4)), message('Z', Buffer.from('I'))]);
const ENDING = message('E', Buffer.from('SFATAL\0VFATAL\0C57P01\0Mterminating connection\0\0'));

test('a server that refuses the limits of a session, and then goes silent, is an outage', async () => {
  // The server keeps the connection open after the client has said goodbye.
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => {
      socket.write(LET_IN);
      socket.once('data', () => socket.write(ENDING));
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  const { dialect } = await postgresDialect(`postgres://one@127.0.0.1:${port}/one`, () => {});
  const db = new Kysely<unknown>({ dialect });
  await assert.rejects(sql`select 1`.execute(db), isOutage);
  await db.destroy();
  server.close();
});
