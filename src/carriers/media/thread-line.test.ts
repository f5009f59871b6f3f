import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { once } from 'node:events';
import { test } from 'node:test';
import { type Far, type FromThread, SILENT_MS } from './messages.ts';
import { FRAME_MS } from './sound.ts';
import { ThreadLine } from './thread-line.ts';

const FAR = { address: '127.0.0.1', port: 9, codec: 'pcmu', format: 0, key_format: null } as const;

/** The reports of a line about a far side that sends nothing, after some frames. */
async function toldAfter(frames: number, direction: Far['direction']): Promise<FromThread[]> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1');
  await once(socket, 'listening');
  const told: FromThread[] = [];
  const begin = { source: 1, sequence: 1, timestamp: 1 };
  const line = new ThreadLine(1, socket, begin, (one) => told.push(one));
  line.start({ ...FAR, direction });
  for (let frame = 0; frame < frames; frame += 1) line.listen();
  line.close();
  return told;
}

test('a line tells once when its far side has sent nothing for a minute', async () => {
  const minute = SILENT_MS / FRAME_MS;
  assert.deepEqual(await toldAfter(minute - 1, 'sendrecv'), []);
  assert.deepEqual(await toldAfter(minute * 2, 'sendrecv'), [{ is: 'silent', line: 1 }]);
  assert.deepEqual(await toldAfter(minute * 2, 'recvonly'), [], 'a far side may hold the call');
});
