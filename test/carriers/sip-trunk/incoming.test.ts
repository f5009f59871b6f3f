import assert from 'node:assert/strict';
import { createSocket } from 'node:dgram';
import { on, once } from 'node:events';
import { suite, type TestContext, test } from 'node:test';
import { lineUpOf } from '../../../src/carriers/line-up.ts';
import type { SipResponse } from '../../../src/carriers/sip/message.ts';
import { readMessage } from '../../../src/carriers/sip/read-message.ts';
import { SipCarrier } from '../../../src/carriers/sip-trunk/sip-carrier.ts';
import { testApp } from '../../support/test-app.ts';
import { request } from '../sip/sip-text.ts';
import { aSipCarrier } from './a-trunk.ts';

const HERE = '127.0.0.1';

/** Somebody who sends requests to a port, each answered once at last. */
async function aStranger(t: TestContext, port: number) {
  const socket = createSocket('udp4');
  t.after(() => socket.close());
  socket.bind(0, HERE);
  await once(socket, 'listening');
  return async (method: string, branch: string): Promise<SipResponse> => {
    const via = { Via: `SIP/2.0/UDP ${HERE}:${socket.address().port};branch=z9hG4bK${branch}` };
    const answers = on(socket, 'message');
    socket.send(request({ method, with: { ...via, 'Content-Length': '0' } }), port, HERE);
    for await (const [octets] of answers) {
      const answer = readMessage(octets as Buffer);
      assert.ok(answer.is === 'response');
      if (answer.status > 100) return answer;
    }
    return assert.fail('the socket was closed');
  };
}

suite('a call that comes in by SIP', () => {
  test('is refused without a hint, and its copy by another way is known as one', async (t) => {
    await using app = await testApp({ engine: 'memory' });
    await using _carrier = await aSipCarrier(app);
    const carrier = lineUpOf(app.app).voices.get('pstn');
    assert.ok(carrier instanceof SipCarrier);
    await carrier.opened();
    const ask = await aStranger(t, carrier.address?.port ?? 0);
    const refused = await ask('INVITE', 'first');
    assert.deepEqual([refused.status, refused.phrase], [403, 'Forbidden']);
    const told = refused.headers.map(({ key }) => key).toSorted();
    assert.deepEqual(told, ['call-id', 'content-length', 'cseq', 'from', 'to', 'via']);
    assert.equal((await ask('INVITE', 'second')).status, 482);
    assert.equal((await ask('OPTIONS', 'third')).status, 200);
    assert.equal((await ask('BYE', 'fourth')).status, 481);
  });
});
