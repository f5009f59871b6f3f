import assert from 'node:assert/strict';
import type twilio from 'twilio';
import { refused, setting, step } from './step.ts';

/** Makes connection policies with targets, and a trunk, in the account that logs in. */
export async function voice(sdk: typeof twilio, { voice: { v1 } }: twilio.Twilio): Promise<void> {
  const mark = setting('SCENARIO_MARK');
  let policy = '';
  await step('CreateConnectionPolicy', async () => {
    for (const friendlyName of ['one', 'two', 'three']) {
      const made = await v1.connectionPolicies.create({ friendlyName });
      assert.equal(made.friendlyName, friendlyName);
      policy = made.sid;
    }
  });
  await step('FetchConnectionPolicy', async () => {
    assert.equal((await v1.connectionPolicies(policy).fetch()).friendlyName, 'three');
  });
  await step('UpdateConnectionPolicy', async () => {
    const changed = await v1.connectionPolicies(policy).update({ friendlyName: mark });
    assert.equal(changed.friendlyName, mark);
  });
  await step('ListConnectionPolicy', async () => {
    const found = await v1.connectionPolicies.list({ pageSize: 2 });
    const names = found.map(({ friendlyName }) => friendlyName).toSorted();
    assert.deepEqual(names, [mark, 'one', 'two'].toSorted());
  });
  await targets(v1.connectionPolicies(policy).targets);
  let trunk = '';
  await step('CreateByocTrunk', async () => {
    const made = await v1.byocTrunks.create({ connectionPolicySid: policy });
    assert.equal(made.connectionPolicySid, policy);
    trunk = made.sid;
  });
  await step('DeleteConnectionPolicy 409/20409', () =>
    refused(sdk, [409, 20409], () => v1.connectionPolicies(policy).remove()),
  );
  await step('DeleteByocTrunk', async () => {
    assert.equal(await v1.byocTrunks(trunk).remove(), true);
  });
  await step('DeleteConnectionPolicy', async () => {
    assert.equal(await v1.connectionPolicies(policy).remove(), true);
  });
}

type Targets = ReturnType<twilio.Twilio['voice']['v1']['connectionPolicies']>['targets'];

async function targets(list: Targets): Promise<void> {
  let target = '';
  await step('CreateConnectionPolicyTarget', async () => {
    const made = await list.create({ target: 'sip:gateway.example.com:5060', weight: 20 });
    assert.equal(made.weight, 20);
    target = made.sid;
  });
  await step('ListConnectionPolicyTarget', async () => {
    const found = await list.list();
    assert.deepEqual(
      found.map(({ sid }) => sid),
      [target],
    );
  });
  await step('UpdateConnectionPolicyTarget', async () => {
    assert.equal((await list(target).update({ weight: 30 })).weight, 30);
  });
  await step('DeleteConnectionPolicyTarget', async () => {
    assert.equal(await list(target).remove(), true);
  });
}
