import assert from 'node:assert/strict';
import { test } from 'node:test';
import { until } from '../../calls/live/until.ts';
import { aCall, timelineOf } from '../../support/calls.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { aSipCarrier, aTrunkCaller } from './a-trunk.ts';
import { type KeyWay, SoundPhone } from './sound-phone.ts';

const LONG = 'This is a long text that nobody hears to its end. '.repeat(20);

/** A call that listens, and tells in its timeline what it got. */
async function heardBy(
  app: Awaited<ReturnType<typeof testApp>>,
  phone: SoundPhone,
  gather: string,
) {
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
      assert.ok(Number(say?.['seconds']) < 20, `the prompt went on for ${say?.['seconds']} s`);
    });
  }
});
