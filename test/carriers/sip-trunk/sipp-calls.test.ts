import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../calls/live/until.ts';
import { sdk } from '../../conformance/sdk-world.ts';
import { aCaller, timelineOf } from '../../support/calls.ts';
import { onEveryEngine, testApp } from '../../support/test-app.ts';
import { carrier, HERE, SCENARIOS, skip } from '../sip/sipp.ts';
import { aSipCarrier } from './a-trunk.ts';

const CALLS = 4;
/** SIPp counts a repeated request after the end of its call as another call. */
const WITH_REPEATS = 1_000;
/** Longer than any pause of a busy machine, so that no target counts as silent. */
const PATIENT = ', try_ms: 32000';

onEveryEngine('calls of the official SDK by SIPp', (engine) => {
  test('go past a target that is out of service to the next priority', { skip }, async (t) => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { more: PATIENT });
    const broken = await carrier(t, ['-sf', join(SCENARIOS, 'sipp-uas-503.xml')], WITH_REPEATS);
    const good = await carrier(t, ['-sn', 'uas', '-rtcheck', 'loose'], CALLS);
    const caller = await aCaller(app);
    const client = sdk(await app.listen(), caller.login);
    const { connectionPolicies, byocTrunks } = client.voice.v1;
    const policy = await connectionPolicies.create({ friendlyName: 'Two carriers' });
    const { targets } = connectionPolicies(policy.sid);
    await targets.create({ target: `sip:${HERE}:${good.port}`, priority: 20 });
    await targets.create({ target: `sip:${HERE}:${broken.port}`, priority: 10 });
    const trunk = await byocTrunks.create({ connectionPolicySid: policy.sid });
    const made = await Promise.all(
      Array.from({ length: CALLS }, (_, index) =>
        client.calls.create({
          to: `+1500555120${index}`,
          from: caller.number,
          byoc: trunk.sid,
          twiml: '<Response><Say>Hello</Say></Response>',
        }),
      ),
    );
    await app.deliver();
    for (const { sid } of made) {
      await until(app, caller, sid, 'completed');
      const notes = await timelineOf(app, caller, sid, 'note');
      assert.equal(notes.filter(({ code }) => code === 32011).length, 1);
      const { status, duration } = await client.calls(sid).fetch();
      assert.deepEqual([status, duration], ['completed', '0']);
    }
    assert.equal(await good.ended, 0);
  });

  test('answer the challenge of a carrier with the credentials of the call', {
    skip,
  }, async (t) => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app, { isDefault: true });
    const far = await carrier(t, ['-sf', join(SCENARIOS, 'sipp-uas-401.xml')], 1);
    const caller = await aCaller(app);
    const client = sdk(await app.listen(), caller.login);
    const { sid } = await client.calls.create({
      to: `sip:desk@${HERE}:${far.port}`,
      from: caller.number,
      sipAuthUsername: 'alice',
      sipAuthPassword: 'secret',
      twiml: '<Response/>',
    });
    await app.deliver();
    await until(app, caller, sid, 'completed');
    assert.equal(await far.ended, 0);
  });
});
