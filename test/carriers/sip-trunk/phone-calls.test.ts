import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { samplesOf } from '../../../src/carriers/media/sound.ts';
import { until } from '../../calls/live/until.ts';
import { aCall, timelineOf } from '../../support/calls.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { aPhone, NEEDS_BARESIP, PHONE } from '../media/baresip.ts';
import { loudness, shareOf, usualShareOf } from '../media/loudest.ts';
import { sine, wavFile } from '../media/wav-file.ts';
import { aSipCarrier, aTrunk, aTrunkCaller } from './a-trunk.ts';

/** The server of an application: it has a tone of two seconds. */
async function aFileServer(): Promise<AsyncDisposable & { readonly base: string }> {
  const shape = { rate: 22_050, bits: 16, channels: 2 };
  const file = wavFile({ ...shape, data: sine(700, shape, 2) });
  const server = createServer((request, response) => {
    response.statusCode = request.url === '/tone.wav' ? 200 : 404;
    response.end(file);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    base: `http://127.0.0.1:${port}`,
    [Symbol.asyncDispose]: async () => void server.close(),
  };
}

/** The telephone may name any address of this machine for its sound. */
const EVERYWHERE = ', networks: ["0.0.0.0/0"]';

onEveryEngine('a telephone that a trunk calls', (engine) => {
  test('hears the file and the sentence of a document', NEEDS_BARESIP, async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { more: EVERYWHERE });
    await using files = await aFileServer();
    await using phone = await aPhone();
    const target = `sip:127.0.0.1:${phone.port}`;
    const { caller, byoc } = await aTrunkCaller(app, [{ target }]);
    const document =
      `<Response><Play>${files.base}/tone.wav</Play><Say>This is Tieline calling.</Say>` +
      `<Play>${files.base}/gone.wav</Play><Pause length="1"/></Response>`;
    const { sid } = await aCall(app, caller, { To: PHONE, Byoc: byoc, Twiml: document });
    await app.deliver();
    await until(app, caller, sid, 'completed');
    const verbs = await timelineOf(app, caller, sid, 'verb');
    assert.deepEqual(
      verbs.map(({ name }) => name),
      ['Play', 'Say', 'Play', 'Pause'],
    );
    assert.equal(verbs[0]?.['seconds'], 2);
    const notes = await timelineOf(app, caller, sid, 'note');
    assert.deepEqual(
      notes.map(({ message }) => message),
      ['Play is not heard. The file was answered with 404.'],
    );
    const heard = await phone.recording();
    const tone = heard.subarray(samplesOf(0.2), samplesOf(1.8));
    assert.ok(shareOf(tone, 700) > 0.95, `${shareOf(tone, 700)} of it has 700 Hz`);
    // A busy machine needs a while before it speaks.
    const sentence = heard.subarray(samplesOf(2.2));
    assert.ok(loudness(sentence) > 300, 'the sentence is heard');
    assert.ok(shareOf(sentence, 700) < 0.2);
  });

  test(
    'presses keys that a Gather takes, and hears its prompt no more',
    NEEDS_BARESIP,
    async () => {
      await using app = await testApp({ engine });
      await using _carrier = await aSipCarrier(app, { more: EVERYWHERE });
      await using phone = await aPhone();
      const target = `sip:127.0.0.1:${phone.port}`;
      const { caller, byoc } = await aTrunkCaller(app, [{ target }]);
      const prompt = `<Say>${'Please enter your number. '.repeat(40)}</Say>`;
      const Twiml = `<Response><Gather numDigits="4">${prompt}</Gather><Hangup/></Response>`;
      const { sid } = await aCall(app, caller, { To: PHONE, Byoc: byoc, Twiml });
      await app.deliver();
      await until(app, caller, sid, 'in-progress');
      await phone.press('4411');
      await until(app, caller, sid, 'completed');
      const [said, taken] = await timelineOf(app, caller, sid, 'verb');
      assert.equal(taken?.['Digits'], '4411');
      assert.ok(Number(said?.['seconds']) < 40, `the prompt went on for ${said?.['seconds']} s`);
    },
  );

  test('hears the telephone that a Dial calls', NEEDS_BARESIP, async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { more: EVERYWHERE });
    await using caller = await aPhone();
    const shape = { rate: 8_000, bits: 16, has_list: false };
    await using callee = await aPhone({ says: wavFile({ ...shape, data: sine(620, shape, 20) }) });
    const { caller: account, byoc } = await aTrunkCaller(app, [
      { target: `sip:127.0.0.1:${caller.port}` },
    ]);
    const trunk = await aTrunk(app, account, [{ target: `sip:127.0.0.1:${callee.port}` }]);
    const number = `<Number byoc="${trunk}">${PHONE}</Number>`;
    const document = `<Response><Dial timeLimit="3">${number}</Dial></Response>`;
    const { sid } = await aCall(app, account, { To: PHONE, Byoc: byoc, Twiml: document });
    await app.deliver();
    await until(app, account, sid, 'completed');
    const heard = (await caller.recording()).subarray(samplesOf(1), samplesOf(2.5));
    assert.ok(usualShareOf(heard, 620) > 0.9, `${usualShareOf(heard, 620)} of it has 620 Hz`);
  });
});
