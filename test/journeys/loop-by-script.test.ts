import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ENGINES } from '../support/test-app.ts';
import { aStage, askForBoth, control, sdk } from './a-stage.ts';

/** The whole loop by the control API without a browser, as in a developer's CI. */
for (const engine of ['memory', ...ENGINES] as const) {
  suite(`the Connect loop by a script (${engine})`, () => {
    test('goes from the consent to the deauthorize callback', async () => {
      await using stage = await aStage(engine, ['post-all']);
      const { running, isv, connect_app_sid } = stage;
      const trial = await control(running, '/accounts', { friendly_name: 'C', type: 'Trial' });
      const customer = await control(running, `/accounts/${trial.sid}/upgrade`, {});
      const consent = { connect_app_sid, account_sid: customer.sid };

      const denied = await control(running, '/deny', consent);
      assert.equal(
        denied.redirect_url,
        `${isv.origin}/authorized?from=tieline&error=unauthorized_client`,
      );
      const granted = await control(running, '/authorize', { ...consent, state: 'user 42' });
      await fetch(granted.redirect_url, { redirect: 'manual' });
      assert.equal(isv.returned[0]?.get('AccountSid'), granted.account_sid);
      assert.equal(isv.returned[0]?.get('state'), 'user 42');

      const client = sdk(stage, granted.account_sid);
      await client.voice.v1.connectionPolicies.create({ friendlyName: 'Routes' });
      const readParent = () => client.api.v2010.accounts(customer.sid).fetch();
      await askForBoth(stage);
      await assert.rejects(readParent, { status: 401, code: 20003 });
      const again = await control(running, '/authorize', consent);
      assert.equal(again.account_sid, granted.account_sid);
      assert.equal((await readParent()).sid, customer.sid);

      const { delivery_id } = await control(running, '/deauthorize', consent);
      assert.match(delivery_id, /^DL/);
      const { parameters, is_signed } = await isv.deauthorized();
      const AccountSid = granted.account_sid;
      assert.deepEqual(parameters, { AccountSid, ConnectAppSid: connect_app_sid });
      assert.ok(is_signed);
      await assert.rejects(readParent, { status: 401 });
    });
  });
}
