import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net';
import { suite, test } from 'node:test';
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

const DONE = Buffer.concat([message('C', Buffer.from('SET\0')), message('Z', Buffer.from('I'))]);

/** A server that sends the next of these answers for each message, and never closes a connection. */
async function silentServer(answers: readonly Buffer[]): Promise<Server> {
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    const left = [...answers];
    socket.on('error', () => {});
    socket.on('end', () => setTimeout(() => socket.destroy(), 1_000));
    socket.on('data', () => {
      const answer = left.shift();
      if (answer) socket.write(answer);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return server;
}

suite('a server that ends a connection, but does not close it, is an outage, and the pool ends', () => {
  const cases = {
    'when it refuses the limits of the session': [LET_IN, ENDING],
    'at a statement': [LET_IN, DONE, ENDING],
  };
  for (const [name, answers] of Object.entries(cases)) {
    test(name, async () => {
      const server = await silentServer(answers);
      const { port } = server.address() as AddressInfo;
      const sockets: Socket[] = [];
      const see = (seen: unknown) => void sockets.push((seen as { socket: Socket }).socket);
      subscribe('net.client.socket', see);
      const { dialect } = await postgresDialect(`postgres://one@127.0.0.1:${port}/one`, () => {});
      const db = new Kysely<unknown>({ dialect });
      await assert.rejects(sql`select 1`.execute(db), isOutage);
      await db.destroy();
      server.close();
      unsubscribe('net.client.socket', see);
      assert.deepEqual(
        sockets.map(({ destroyed }) => destroyed),
        [true],
      );
    });
  }
});
