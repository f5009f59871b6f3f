import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { suite, test } from 'node:test';
import { Media } from '../../../src/carriers/media/media.ts';
import { type Sound, samplesOf, secondsOf, soundOf } from '../../../src/carriers/media/sound.ts';
import { Speaker } from '../../../src/carriers/media/speech.ts';
import { tone } from '../../../src/carriers/media/tones.ts';
import { SipAgent } from '../../../src/carriers/sip/agent.ts';
import { hearAnswer, makeOffer } from '../../../src/carriers/sip/offer-answer.ts';
import { NO_PARAMETERS } from '../../../src/carriers/sip/parameters.ts';
import { realOutside } from '../sip/real-outside.ts';
import { aPhone, NEEDS_BARESIP, PHONE } from './baresip.ts';
import { loudness, shareOf } from './loudest.ts';

const HERE = '127.0.0.1';
const ALWAYS = new AbortController().signal;

/** Calls a telephone, plays sounds to it, and hangs up. */
async function playTo(port: number, sounds: readonly Sound[]): Promise<AsyncDisposable> {
  const listen = [{ transport: 'udp' as const, host: HERE, port: 0 }];
  const hop = { transport: 'udp' as const, address: HERE, port };
  const agent = await SipAgent.open(
    { listen, public: null, tls: null, max_calls: 10 },
    { outside: realOutside, locate: async () => hop, invited: async () => 480 },
  );
  const media = new Media({ randomBytes });
  const hear = { key: () => {}, failed: assert.fail };
  const line = await media.openLine({ host: HERE, first: 0, last: 0 }, hear);
  const offer = makeOffer({ address: HERE, port: line.port, session: 1, version: 1 });
  const [answered, ended] = [Promise.withResolvers<Buffer>(), Promise.withResolvers<void>()];
  const from = { uri: `sip:tieline@${HERE}`, display: '', parameters: NO_PARAMETERS };
  const uri = `sip:${PHONE}@${HERE}:${port}`;
  const call = agent.call(
    { uri, from, headers: [], user: 'tieline', hop, routes: [], credentials: null, try_ms: 4_000 },
    { offer: () => offer, answer: () => null },
    {
      progress: () => {},
      key: () => {},
      answered: (sdp) => answered.resolve(sdp as Buffer),
      ended: (end) => {
        answered.reject(new Error(JSON.stringify(end)));
        ended.resolve();
      },
    },
  );
  const far = hearAnswer(await answered.promise);
  assert.ok(far);
  line.start(far);
  for (const sound of sounds) await line.play(sound, ALWAYS);
  call?.hangUp();
  await ended.promise;
  line.close();
  await media.stop();
  // The end of the call is still on its way.
  return { [Symbol.asyncDispose]: async () => agent.close() };
}

suite('a telephone', NEEDS_BARESIP, () => {
  for (const codec of ['PCMU', 'PCMA'] as const) {
    test(`hears a tone and a sentence by ${codec}`, async () => {
      await using phone = await aPhone({ codec });
      const words = { text: 'This is a test of Tieline.', voice: null, language: null };
      const { sound } = await new Speaker().speak(words, ALWAYS);
      // The last sound is still on its way when the call is hung up.
      const rest = soundOf(tone([1_000], 0.5));
      await using _agent = await playTo(phone.port, [soundOf(tone([440], 2)), sound, rest]);
      const heard = await phone.recording();
      const beginning = heard.subarray(samplesOf(0.2), samplesOf(1.8));
      assert.ok(shareOf(beginning, 440) > 0.95, `${shareOf(beginning, 440)} of it has 440 Hz`);
      const sentence = heard.subarray(samplesOf(2.1), samplesOf(1.9) + sound.length);
      assert.ok(loudness(sentence) > 300, 'the sentence is heard');
      assert.ok(shareOf(sentence, 440) < 0.2, 'and it is no tone');
      assert.ok(secondsOf(heard.length) > 2 + secondsOf(sound.length));
    });
  }
});
