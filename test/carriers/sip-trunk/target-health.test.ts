import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as pause } from 'node:timers/promises';
import { measureCarriers, targetsOf } from '../../../src/carriers/carrier-health.ts';
import { headerOf } from '../../../src/carriers/sip/headers.ts';
import { listTargetsInUse } from '../../../src/voice/target-store.ts';
import { watchTargets } from '../../../src/voice/watch-targets.ts';
import { until } from '../../calls/live/until.ts';
import { aPerson, signedIn, unescaped } from '../../support/browser.ts';
import { aCall, type Caller, timelineOf } from '../../support/calls.ts';
import { freePort } from '../../support/free-port.ts';
import { onEveryEngine, type TestApp, testApp } from '../../support/test-app.ts';
import { aSipCarrier, aTrunkCaller } from './a-trunk.ts';
import { FarSide } from './far-side.ts';

/** Waits until the carrier knows the states of targets. */
async function known({ app }: TestApp, addresses: readonly string[]): Promise<void> {
  const targets = targetsOf(app);
  while (addresses.some((one) => targets?.stateOf(one).state === 'unknown')) await pause(20);
}

/** The policy of a trunk. */
async function policyOf(app: TestApp, { login }: Caller, trunk: string) {
  const { json } = await app.get(`/v1/ByocTrunks/${trunk}`, login);
  return json.connection_policy_sid as string;
}

onEveryEngine('the health of targets', (engine) => {
  test('is asked by OPTIONS, and one that is down comes last', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    await using well = await FarSide.open(() => [486], [405]);
    await using out = await FarSide.open(() => [200], [503]);
    const gone = `sip:127.0.0.1:${await freePort()}`;
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: `${well.address};edge=dublin`, priority: 2 },
      { target: out.address, priority: 1 },
      { target: gone, priority: 0 },
    ]);
    await watchTargets(app.app);
    const addresses = [`${well.address};edge=dublin`, out.address, gone];
    await known(app, addresses);
    const options = await well.request('OPTIONS');
    assert.equal(options.uri, well.address);
    assert.equal(headerOf(options, 'accept'), 'application/sdp');
    const states = addresses.map((one) => targetsOf(app.app)?.stateOf(one).state);
    assert.deepEqual(states, ['up', 'down', 'down']);

    const { sid } = await aCall(app, caller, { Byoc: byoc, Twiml: '<Response/>' });
    await app.deliver();
    await until(app, caller, sid, 'busy');
    assert.equal(out.requests('INVITE').length, 0);
    const notes = await timelineOf(app, caller, sid, 'note');
    assert.ok(
      notes.every(({ code }) => code === undefined),
      'no other target failed',
    );
  });

  test('is in the metrics, in the control API and on the page of the policy', async () => {
    await using app = await testApp({ engine });
    await using _carrier = await aSipCarrier(app);
    measureCarriers(app.app);
    await using well = await FarSide.open(() => [486]);
    await using out = await FarSide.open(() => [486], [503]);
    const { caller, byoc } = await aTrunkCaller(app, [
      { target: well.address },
      { target: out.address },
    ]);
    const policy = await policyOf(app, caller, byoc);
    const listed = async () => {
      const { json } = await app.control('GET', `/targets?policy=${policy}`);
      return json.targets.map((one: Record<string, unknown>) => [one['target'], one['state']]);
    };
    assert.deepEqual(await listed(), [
      [well.address, 'unknown'],
      [out.address, 'unknown'],
    ]);
    await watchTargets(app.app);
    await known(app, [well.address, out.address]);
    assert.deepEqual(await listed(), [
      [well.address, 'up'],
      [out.address, 'down'],
    ]);
    const text = await app.app.metrics.text();
    for (const [state, count] of [
      ['up', 1],
      ['down', 1],
      ['unknown', 0],
    ]) {
      const line = `tieline_call_targets{carrier="pstn",state="${state}"} ${count}\n`;
      assert.ok(text.includes(line), line);
    }
    const browser = await signedIn(app, await aPerson(app, caller.account));
    const list = `/console/${caller.account.sid}/voice-routing`;
    assert.match(
      unescaped((await browser.get(list)).text),
      new RegExp(`${policy}[^]*used by 1 trunk`),
    );
    const page = unescaped((await browser.get(`${list}/${policy}`)).text);
    assert.match(page, new RegExp(`${well.address}[^]*Up</span>[^]*Since`));
    assert.match(page, new RegExp(`${out.address}[^]*Down</span>[^]*It answered 503`));
  });

  test('is asked of enabled targets that calls can reach, and of some for each account', async () => {
    await using app = await testApp({ engine });
    const one = 'sip:192.0.2.1';
    const first = await aTrunkCaller(app, [{ target: one }, { target: 'sip:192.0.2.2' }]);
    const second = await aTrunkCaller(app, [{ target: one }, { target: 'sip:192.0.2.3' }]);
    const policy = await policyOf(app, first.caller, first.byoc);
    const targets = `/v1/ConnectionPolicies/${policy}/Targets`;
    const { login } = first.caller;
    await app.post(targets, login, { Target: 'sip:192.0.2.9', Enabled: 'false' });
    const { json } = await app.post('/v1/ConnectionPolicies', login, {});
    const unused = `/v1/ConnectionPolicies/${json.sid}/Targets`;
    await app.post(unused, login, { Target: 'sip:192.0.2.8' });
    const listed = (limits: { addresses: number; of_account: number }) =>
      listTargetsInUse(app.app.database.db, limits);
    const all = ['sip:192.0.2.1', 'sip:192.0.2.2', 'sip:192.0.2.3'];
    assert.deepEqual(await listed({ addresses: 10, of_account: 10 }), all);
    assert.deepEqual(await listed({ addresses: 10, of_account: 1 }), all.slice(0, 1));
    assert.deepEqual(await listed({ addresses: 2, of_account: 10 }), all.slice(0, 2));
    await app.post(`/v1/ByocTrunks/${second.byoc}`, second.caller.login, {
      ConnectionPolicySid: '',
    });
    assert.deepEqual(await listed({ addresses: 10, of_account: 10 }), all.slice(0, 2));
  });

  test('cannot be read without a policy, or of one that nobody has', async () => {
    await using app = await testApp({ engine });
    const none = await app.control('GET', '/targets');
    assert.equal(none.status, 400);
    assert.match(none.text, /policy must be/);
    const unknown = await app.control('GET', `/targets?policy=NY${'0'.repeat(32)}`);
    assert.equal(unknown.status, 404);
  });
});
