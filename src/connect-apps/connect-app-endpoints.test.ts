import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginOf, onEveryEngine, testApp } from '../../test/support/test-app.ts';

onEveryEngine('connect apps', (engine) => {
  test('the owner lists, fetches and updates them', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const login = loginOf(owner);
    const first = await app.aConnectApp(owner, { friendly_name: 'First' });
    const second = await app.aConnectApp(owner, { friendly_name: 'Second' });
    const list = `/2010-04-01/Accounts/${owner.sid}/ConnectApps`;

    const { json: page } = await app.get(`${list}.json`, login);
    assert.deepEqual(
      page.connect_apps.map((shown: { sid: string }) => shown.sid),
      [second.sid, first.sid],
    );
    const fetched = await app.get(`${list}/${first.sid}.json`, login);
    assert.equal(fetched.json.friendly_name, 'First');

    const updated = await app.post(`${list}/${first.sid}.json`, login, {
      Description: 'Counts calls',
      Permissions: ['post-all', 'get-all'],
    });
    assert.equal(updated.status, 200);
    assert.equal(updated.json.description, 'Counts calls');
    assert.deepEqual(updated.json.permissions, ['get-all', 'post-all']);
    assert.deepEqual((await app.get(`${list}/${first.sid}.json`, login)).json, updated.json);
  });
});
