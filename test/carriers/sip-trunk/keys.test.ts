import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readSdp } from '../../../src/carriers/sip/sdp.ts';
import { until } from '../../calls/live/until.ts';
import {
  aCall,
  aCallee,
  anApplication,
  type Caller,
  requestsTo,
  timelineOf,
} from '../../support/calls.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { keyPacket, RtpPeer } from '../media/rtp-peer.ts';
import { carrierPort, offerAt, Telephone } from './a-telephone.ts';
import { aSipCarrier, aTrunk, aTrunkCaller } from './a-trunk.ts';
import { type KeyWay, SoundPhone } from './sound-phone.ts';

const HOST = 'acme.sip.example.com';
const LONG = 'This is a long text that nobody hears to its end. '.repeat(20);

/** A call that listens, and tells in its timeline what it got. */
async function heardBy(app: TestApp, phone: SoundPhone, gather: string) {
  const { caller, byoc } = await aTrunkCaller(app, [{ target: phone.far.address }]);
  const Twiml = `<Response>${gather}<Hangup/></Response>`;
  const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml });
  await app.deliver();
  await phone.untilSound();
  const over = async () => {
    await until(app, caller, sid, 'completed');
    return timelineOf(app, caller, sid, 'verb');
  };
  return { over };
}

onEveryEngine('the keys of a telephone on a trunk', (engine) => {
  for (const way of ['events', 'info', 'tones'] satisfies KeyWay[]) {
    test(`come by ${way}, and end the prompt at once`, async () => {
      await using app = await testApp({ engine });
      await using _carrier = await aSipCarrier(app);
      await using phone = await SoundPhone.open(way);
      const gather = `<Gather numDigits="4"><Say>${LONG}</Say></Gather>`;
      const { over } = await heardBy(app, phone, gather);
      await phone.press('1199');
      const [say, taken] = await over();
      assert.deepEqual([say?.name, taken?.name], ['Say', 'Gather']);
      assert.equal(taken?.['Digits'], '1199');
      assert.ok(Number(say?.['seconds']) < 40, `the prompt went on for ${say?.['seconds']} s`);
    });
  }

  test('are taken in a call that comes in', async () => {
    await using app = await testApp({ engine });
    await using asked = await anApplication({
      '/voice': `<Gather action="/after" numDigits="2"><Say>${LONG}</Say></Gather>`,
      '/after': '<Hangup/>',
    });
    const account = await aCallee(app, asked.origin);
    const domains = { [HOST]: await aTrunk(app, account, []) };
    await using _carrier = await aSipCarrier(app, { more: ', allow: [127.0.0.1]', domains });
    await using phone = await Telephone.open(await carrierPort(app));
    const peer = await RtpPeer.open();
    const call = phone.invite({ uri: `sip:${account.number}@${HOST}`, sdp: offerAt(peer.port) });
    const { body } = await call.answer();
    await call.ack();
    const port = readSdp(body).media[0]?.port ?? 0;
    await peer.untilSound();
    // Of each key the first packet comes, and no other.
    await peer.send(port, keyPacket(4, 1, 160));
    const { length } = peer.packets;
    await peer.until((packets) => packets.length > length + 2);
    await peer.send(port, keyPacket(2, 9, 1_600));
    await call.bye();
    peer.close();
    const { sid } = await newestOf(app, account);
    await until(app, account, sid, 'completed');
    assert.deepEqual(
      requestsTo(asked, '/after').map(({ Digits }) => Digits),
      ['42'],
    );
  });
});

async function newestOf(app: TestApp, { calls, login }: Caller): Promise<{ sid: string }> {
  const { json } = await app.get(`${calls}.json?PageSize=1`, login);
  return json.calls[0];
}
