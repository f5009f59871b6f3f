import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { until } from '../../calls/live/until.ts';
import { aCall, timelineOf } from '../../support/calls.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { sine, wavFile } from '../media/wav-file.ts';
import { aSipCarrier, aTrunkCaller } from './a-trunk.ts';
import { SoundPhone } from './sound-phone.ts';

const SHAPE = { rate: 8_000, bits: 16 };

/** A server with one file, which is another one from its third request on, and gone at the fifth. */
async function aFile() {
  const answers: number[] = [];
  const server = createServer((request, response) => {
    const count = answers.length + 1;
    const etag = count < 3 ? '"one"' : '"other"';
    const isKnown = request.headers['if-none-match'] === etag;
    const status = count > 4 ? 403 : isKnown ? 304 : 200;
    answers.push(status);
    response.writeHead(status, { etag });
    response.end(
      status === 200 ? wavFile({ ...SHAPE, data: sine(700, SHAPE, count < 3 ? 1 : 2) }) : '',
    );
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    answers,
    url: `http://127.0.0.1:${port}/a.wav`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

onEveryEngine('a file that calls play', (engine) => {
  test('is taken again only in another version, and its server decides each time', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using phone = await SoundPhone.open();
    await using file = await aFile();
    const { caller, byoc } = await aTrunkCaller(app, [{ target: phone.far.address }]);
    const Twiml = `<Response>${`<Play>${file.url}</Play>`.repeat(5)}</Response>`;
    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml });
    await app.deliver();
    await phone.far.request('BYE');
    await until(app, caller, sid, 'completed');
    const verbs = await timelineOf(app, caller, sid, 'verb');
    assert.deepEqual(
      verbs.map(({ seconds }) => seconds),
      [1, 1, 2, 2, 0],
    );
    assert.deepEqual(file.answers, [200, 304, 200, 304, 403]);
  });
});
