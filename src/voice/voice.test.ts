import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loginOf, onEveryEngine, testApp } from '../../test/support/test-app.ts';

onEveryEngine('connection policies', (engine) => {
  test('enforce the rules of targets, and an error names the broken rule', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const { json: policy } = await app.post('/v1/ConnectionPolicies', login, {});
    assert.equal(policy.friendly_name, null);
    const targets = `/v1/ConnectionPolicies/${policy.sid}/Targets`;

    const made = await app.post(targets, login, { Target: 'sip:10.1.2.3:5061;transport=tls' });
    assert.equal(made.status, 201);
    const { priority, weight, enabled } = made.json;
    assert.deepEqual({ priority, weight, enabled }, { priority: 10, weight: 10, enabled: true });
    const changed = await app.post(`${targets}/${made.json.sid}`, login, {
      Priority: '0',
      Weight: '65535',
      Enabled: 'False',
      FriendlyName: '',
    });
    assert.deepEqual(
      [
        changed.json.priority,
        changed.json.weight,
        changed.json.enabled,
        changed.json.friendly_name,
      ],
      [0, 65_535, false, null],
    );
    assert.equal(changed.json.target, 'sip:10.1.2.3:5061;transport=tls');

    for (const [form, message] of [
      [{}, 'Target is required'],
      [
        { Target: 'sips:example.com' },
        'Target must be a sip: URI such as sip:host.example.com:5060',
      ],
      [
        { Target: 'sip:example.com:0' },
        'Target must be a sip: URI such as sip:host.example.com:5060',
      ],
      [{ Target: 'sip:a', Priority: '-1' }, 'Priority must be from 0 to 65535'],
      [{ Target: 'sip:a', Priority: '1.5' }, 'Priority must be a whole number from 0 to 65535'],
      [{ Target: 'sip:a', Weight: '0' }, 'Weight must be from 1 to 65535'],
      [{ Target: 'sip:a', Enabled: 'maybe' }, 'Enabled must be true or false'],
      [{ Target: ['sip:a', 'sip:b'] }, 'Target may be given only once'],
      [
        { Target: 'sip:a', FriendlyName: 'x'.repeat(256) },
        'FriendlyName must be at most 255 characters',
      ],
    ] as const) {
      const refused = await app.post(targets, login, form);
      assert.deepEqual([refused.status, refused.json.message], [400, message]);
    }
  });

  test('are not deleted while a trunk uses them, and are deleted with their targets', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const stranger = loginOf(await app.anAccount());
    const { json: policy } = await app.post('/v1/ConnectionPolicies', login, {});
    const path = `/v1/ConnectionPolicies/${policy.sid}`;
    const target = await app.post(`${path}/Targets`, login, { Target: 'sip:a.example.com' });
    const trunk = await app.post('/v1/ByocTrunks', login, { ConnectionPolicySid: policy.sid });
    assert.equal(trunk.json.connection_policy_sid, policy.sid);

    const refused = await app.request('DELETE', path, { login });
    assert.deepEqual([refused.status, refused.json.code], [409, 20409]);
    assert.match(refused.json.message, new RegExp(trunk.json.sid));
    const foreign = await app.post('/v1/ByocTrunks', stranger, { ConnectionPolicySid: policy.sid });
    assert.equal(foreign.status, 400);
    assert.match(foreign.json.message, /^ConnectionPolicySid is not a connection policy of this/);

    const trunkPath = `/v1/ByocTrunks/${trunk.json.sid}`;
    const freed = await app.post(trunkPath, login, { ConnectionPolicySid: '' });
    assert.equal(freed.json.connection_policy_sid, null);
    assert.equal((await app.request('DELETE', path, { login })).status, 204);
    assert.equal((await app.get(`${path}/Targets/${target.json.sid}`, login)).status, 404);
    assert.equal((await app.get(`${path}/Targets`, login)).status, 404);
  });

  test('and other resources of an account are counted against their limits', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const { json: policy } = await app.post('/v1/ConnectionPolicies', login, {});
    const more: Record<string, Record<string, string>> = {
      '/v1/ConnectionPolicies': {},
      [`/v1/ConnectionPolicies/${policy.sid}/Targets`]: { Target: 'sip:a' },
      '/v1/ByocTrunks': {},
    };
    for (const [path, form] of Object.entries(more)) {
      const replies = await Promise.all(
        Array.from({ length: 101 }, () => app.post(path, login, form)),
      );
      const refused = replies.filter(({ status }) => status !== 201);
      assert.deepEqual(new Set(refused.map(({ status }) => status)), new Set([400]), path);
      assert.equal(refused.length, path === '/v1/ConnectionPolicies' ? 2 : 1);
      assert.match(
        refused[0]?.json.message,
        /^An? (account|connection policy) may have 100 .*first$/,
      );
    }
    const body = { account_sid: account.sid, friendly_name: 'App', company_name: 'Company' };
    const apps = await Promise.all(
      Array.from({ length: 101 }, () => app.control('POST', '/connect_apps', body)),
    );
    assert.equal(apps.filter(({ status }) => status === 400).length, 1);
  });

  test('an update without parameters changes nothing', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const { json: policy } = await app.post('/v1/ConnectionPolicies', login, { FriendlyName: 'x' });
    app.advance(60_000);
    const same = await app.post(`/v1/ConnectionPolicies/${policy.sid}`, login, {});
    assert.deepEqual(same.json, policy);
    const renamed = await app.post(`/v1/ConnectionPolicies/${policy.sid}`, login, {
      FriendlyName: 'y',
    });
    assert.equal(renamed.json.date_created, '2026-03-18T23:31:36Z');
    assert.equal(renamed.json.date_updated, '2026-03-18T23:32:36Z');
  });
});
