import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { aTenant, pathOf, type Tenant, validForm } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type Reply, type TestApp, testApp } from '../support/test-app.ts';

/**
 * The rules that hold for the resources of any REST API (the checkers of RESTler). Two of the
 * four are the matrix of isolation.test.ts: resource-hierarchy, a child below a parent that is
 * not its own, and user-namespace, a resource by credentials that are not its own.
 */

const referencesOf = ({ input }: Endpoint) =>
  Object.keys(input.shape).filter((name) => name.endsWith('Sid'));

function send(app: TestApp, endpoint: Endpoint, tenant: Tenant, form = {}): Promise<Reply> {
  const path = pathOf(endpoint, tenant);
  const login = loginOf(tenant.account);
  if (endpoint.method !== 'POST') return app.request(endpoint.method, path, { login });
  return app.post(path, login, { ...validForm(endpoint), ...form });
}

/** Expects that no path, list, reference or credential finds `sid`, and that nothing changes. */
async function assertGone(app: TestApp, tenant: Tenant, sid: string): Promise<void> {
  const before = await digestOfData(app.app);
  let paths = 0;
  for (const endpoint of ROUTES.endpoints) {
    if (pathOf(endpoint, tenant).includes(sid)) {
      const { status, json } = await send(app, endpoint, tenant);
      assert.deepEqual([status, json.code], [404, 20404], `${endpoint.id} after the end of ${sid}`);
      paths += 1;
    } else if (endpoint.kind === 'list') {
      const { status, text } = await send(app, endpoint, tenant);
      assert.equal(status, 200);
      assert.ok(!text.includes(sid), `${endpoint.id} after the end of ${sid}`);
    } else {
      for (const name of endpoint.method === 'POST' ? referencesOf(endpoint) : []) {
        const { status } = await send(app, endpoint, tenant, { [name]: sid });
        assert.equal(status, 400, `${endpoint.id} with ${name} after the end of ${sid}`);
      }
    }
  }
  assert.ok(paths > 0);
  if (sid === tenant.standardKey.username) {
    assert.equal((await app.get('/v1/ByocTrunks', tenant.standardKey)).status, 401);
  }
  assert.equal(await digestOfData(app.app), before);
}

onEveryEngine('use-after-free', (engine) => {
  for (const deleting of ROUTES.endpoints.filter(({ kind }) => kind === 'delete')) {
    test(`a thing that ${deleting.id} deleted is found nowhere`, async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      const [sid = ''] = /[A-Z]{2}[0-9a-f]{32}(?=(\.json)?$)/.exec(pathOf(deleting, tenant)) ?? [];
      assert.equal((await send(app, deleting, tenant)).status, 204);
      await assertGone(app, tenant, sid);
    });
  }

  test('a deleted app and a revoked app are found nowhere', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const { account, connect_app_sid, authorized_app_sid } = tenant;
    const deleted = await app.control('DELETE', `/connect_apps/${connect_app_sid}`);
    assert.equal(deleted.status, 204);
    await assertGone(app, tenant, connect_app_sid);
    const body = { connect_app_sid: authorized_app_sid, account_sid: account.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    await assertGone(app, tenant, authorized_app_sid);
    assert.equal((await app.get('/v1/ByocTrunks', tenant.guest)).status, 401);
  });
});

onEveryEngine('resource-leak', (engine) => {
  for (const creating of ROUTES.endpoints.filter(({ kind }) => kind === 'create')) {
    test(`a rejected ${creating.id} leaves nothing behind`, async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      const path = pathOf(creating, tenant);
      const login = loginOf(tenant.account);
      const form = validForm(creating);
      const post = (sent: Parameters<TestApp['request']>[2]) => app.request('POST', path, sent);
      const before = await digestOfData(app.app);

      for (const name of Object.keys(creating.input.shape)) {
        for (const value of ['not \u0001 a value', ['a', 'b'], 'x'.repeat(5_000)]) {
          const { status, text } = await post({ login, form: { ...form, [name]: value } });
          assert.equal(status, 400, `${name}: ${text}`);
        }
      }
      const refused = [
        await post({ form }),
        await post({ login: { ...login, password: '0'.repeat(32) }, form }),
        await post({ login: tenant.guest, form, headers: { 'content-encoding': 'gzip' } }),
        await post({ login, body: { ...form, Much: 1 } }),
        await post({ login, form: 'FriendlyName=%ff' }),
        await post({ login, form: { ...form, Much: 'x'.repeat(70_000) } }),
      ];
      assert.deepEqual(
        refused.map(({ status }) => status),
        [401, 401, 415, 415, 400, 413],
      );
      assert.equal(await digestOfData(app.app), before);
      assert.equal((await post({ login, form })).status, 201, 'and it still can be made');
    });
  }

  test('a subaccount beyond the limit leaves nothing behind', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount({ type: 'Trial' });
    const create = () => app.post('/2010-04-01/Accounts.json', loginOf(account), {});
    assert.equal((await create()).status, 201);
    const before = await digestOfData(app.app);
    assert.equal((await create()).status, 400);
    assert.equal(await digestOfData(app.app), before);
  });
});
