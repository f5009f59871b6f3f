import assert from 'node:assert/strict';
import { loginOf, type TestApp } from '../support/test-app.ts';
import { assertRefused, sdk, sidsOf } from './sdk-world.ts';

/** Does every operation on connection policies, targets and trunks through the official SDK. */
export async function routesVoice(app: TestApp, origin: string): Promise<void> {
  const main = await app.anAccount();
  const { connectionPolicies, byocTrunks } = sdk(origin, loginOf(main)).voice.v1;

  const policy = await connectionPolicies.create();
  assert.equal(policy.friendlyName, null);
  assert.equal(policy.url, `${origin}/v1/ConnectionPolicies/${policy.sid}`);
  assert.deepEqual(policy.links, { targets: `${policy.url}/Targets` });
  assert.deepEqual(sidsOf(await connectionPolicies.list()), [policy.sid]);
  const named = await connectionPolicies(policy.sid).update({ friendlyName: 'Carrier' });
  assert.equal(named.friendlyName, 'Carrier');
  assert.deepEqual((await connectionPolicies(policy.sid).fetch()).toJSON(), named.toJSON());

  const { targets } = connectionPolicies(policy.sid);
  const target = await targets.create({ target: 'sip:a.example.com:5060' });
  const { priority, weight, enabled } = target;
  assert.deepEqual({ priority, weight, enabled }, { priority: 10, weight: 10, enabled: true });
  assert.deepEqual(sidsOf(await targets.list()), [target.sid]);
  const spare = { target: 'sip:b.example.com', priority: 0, weight: 65_535, enabled: false };
  const changed = await targets(target.sid).update({ ...spare, friendlyName: 'Spare' });
  assert.deepEqual((await targets(target.sid).fetch()).toJSON(), changed.toJSON());
  assert.deepEqual({ ...changed.toJSON(), ...spare }, changed.toJSON());
  await assertRefused(targets.create({ target: 'sips:a.example.com' }), 400, 20001);

  const trunk = await byocTrunks.create({ friendlyName: 'Trunk', cnamLookupEnabled: true });
  assert.equal(trunk.cnamLookupEnabled, true);
  assert.equal(trunk.voiceMethod, 'POST');
  assert.deepEqual(sidsOf(await byocTrunks.list()), [trunk.sid]);
  const routed = await byocTrunks(trunk.sid).update({
    connectionPolicySid: policy.sid,
    voiceUrl: 'https://voice.example.com/',
    voiceMethod: 'GET',
    cnamLookupEnabled: false,
  });
  assert.equal(routed.connectionPolicySid, policy.sid);
  assert.equal(routed.cnamLookupEnabled, false);
  assert.deepEqual((await byocTrunks(trunk.sid).fetch()).toJSON(), routed.toJSON());

  await assertRefused(connectionPolicies(policy.sid).remove(), 409, 20409);
  assert.equal(await byocTrunks(trunk.sid).remove(), true);
  assert.equal(await targets(target.sid).remove(), true);
  assert.equal(await connectionPolicies(policy.sid).remove(), true);
  await assertRefused(connectionPolicies(policy.sid).fetch(), 404, 20404);
}
