import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { openApp } from '../../src/app.ts';
import type { Grant } from '../../src/authorizations/grant.ts';
import { buildServer } from '../../src/http/server.ts';
import { ROUTES } from '../../src/routes.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import {
  basic,
  connectLogin,
  ENGINES,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

onEveryEngine('a grant', (engine) => {
  test('is one grant with one subaccount, although it is given many times at the same moment', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    const replies = await Promise.all(
      Array.from({ length: 50 }, () => app.control('POST', '/authorize', body)),
    );
    assert.deepEqual(new Set(replies.map((reply) => reply.status)), new Set([200]));
    assert.equal(new Set(replies.map((reply) => reply.json.account_sid)).size, 1);
    const { json } = await app.get('/2010-04-01/Accounts.json', loginOf(customer));
    assert.equal(json.accounts.length, 2);
    const [subaccount] = json.accounts;
    assert.equal(subaccount.friendly_name, 'Subaccount for ConnectApp: An app');
    assert.equal(subaccount.owner_account_sid, customer.sid);
  });

  test('ends with the commit of its revoke, which refuses the writes that waited behind it', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner);
    const grant = await app.aGrant(connectApp, customer);
    const login = connectLogin(grant, owner);
    const write = () => app.post('/v1/ConnectionPolicies', login, { FriendlyName: 'x' });
    assert.equal((await write()).status, 201);

    const order: string[] = [];
    const revoke = app
      .control('POST', '/deauthorize', {
        connect_app_sid: connectApp.sid,
        account_sid: customer.sid,
      })
      .then((reply) => {
        order.push('revoked');
        return reply.status;
      });
    const writes = Array.from({ length: 20 }, async () => {
      const { status } = await write();
      order.push(String(status));
      return status;
    });
    assert.equal(await revoke, 200);
    const statuses = await Promise.all(writes);
    // Accepted writes committed with the revoke or before it, and none after it.
    assert.equal(
      order.lastIndexOf('201') < order.indexOf('revoked') || !order.includes('201'),
      true,
    );
    assert.ok(statuses.includes(401));
    assert.equal((await write()).status, 401);
    const made = statuses.filter((status) => status === 201).length;
    assert.equal(await changesIn(app, grant), 1 + made);
  });

  test('given again keeps its subaccount and has the permissions that the app asks for then', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const connectApp = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid, state: 'ä b&c' };
    const first = await app.control('POST', '/authorize', body);
    assert.deepEqual(first.json.permissions, ['get-all']);
    assert.equal(
      first.json.redirect_url,
      `https://app.example.com/authorized?AccountSid=${first.json.account_sid}&state=%C3%A4+b%26c`,
    );

    const path = `/2010-04-01/Accounts/${owner.sid}/ConnectApps/${connectApp.sid}.json`;
    await app.post(path, loginOf(owner), { Permissions: 'get-all,post-all' });
    const login = { username: first.json.account_sid, password: owner.auth_token };
    const refused = await app.post('/v1/ConnectionPolicies', login, {});
    assert.equal(refused.status, 403);
    assert.match(refused.headers['tieline-reason'] ?? '', /missing="post-all", reauthorize=\?1$/);

    await app.control('POST', '/deauthorize', {
      connect_app_sid: connectApp.sid,
      account_sid: customer.sid,
    });
    assert.equal((await app.get('/v1/ConnectionPolicies', login)).status, 401);
    const again = await app.control('POST', '/authorize', body);
    assert.equal(again.json.account_sid, first.json.account_sid);
    assert.deepEqual(again.json.permissions, ['get-all', 'post-all']);
    assert.equal((await app.post('/v1/ConnectionPolicies', login, {})).status, 201);

    await app.post(path, loginOf(owner), { Permissions: 'get-all' });
    const dropped = await app.post('/v1/ConnectionPolicies', login, {});
    assert.equal(dropped.status, 403);
    assert.match(dropped.headers['tieline-reason'] ?? '', /missing="post-all", reauthorize=\?0$/);
  });

  test('admits only the owner of its own app', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const otherOwner = await app.anAccount();
    const customer = await app.anAccount();
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const otherGrant = await app.aGrant(await app.aConnectApp(otherOwner), customer);
    const path = (sid: string) => `/2010-04-01/Accounts/${sid}.json`;
    const own = await app.get(path(grant.subaccount_sid), connectLogin(grant, owner));
    assert.equal(own.status, 200);
    assert.equal(own.json.auth_token, null);
    for (const [asked, login] of [
      [grant, connectLogin(grant, otherOwner)],
      [otherGrant, connectLogin(otherGrant, owner)],
      [grant, { username: grant.subaccount_sid, password: customer.auth_token }],
      [grant, loginOf(owner)],
    ] as const) {
      assert.equal((await app.get(path(asked.subaccount_sid), login)).status, 401);
    }
  });

  test('ends when its subaccount is closed and when its app is deleted', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const closing = await app.aGrant(await app.aConnectApp(owner), customer);
    const doomed = await app.aConnectApp(owner);
    const deleting = await app.aGrant(doomed, customer);
    const list = `/2010-04-01/Accounts/${customer.sid}/AuthorizedConnectApps.json`;
    assert.equal((await app.get(list, loginOf(customer))).json.authorized_connect_apps.length, 2);

    const path = `/2010-04-01/Accounts/${closing.subaccount_sid}.json`;
    assert.equal((await app.post(path, loginOf(customer), { Status: 'closed' })).status, 200);
    assert.equal((await app.get(path, connectLogin(closing, owner))).status, 401);
    assert.equal((await app.post(path, loginOf(customer), { Status: 'active' })).status, 400);

    assert.equal((await app.control('DELETE', `/connect_apps/${doomed.sid}`)).status, 204);
    assert.equal((await app.get('/v1/ByocTrunks', connectLogin(deleting, owner))).status, 401);
    const after = await app.get(list, loginOf(customer));
    assert.deepEqual(after.json.authorized_connect_apps, []);
  });
});

/** The number of changes in the grant's subaccount, by its audit log. */
async function changesIn({ app }: TestApp, grant: Grant): Promise<number> {
  return (await listAuditEvents(app.database.db, grant.subaccount_sid, 10_000)).length;
}

if (ENGINES.includes('postgres')) {
  test("a revoke by one process ends the app's writes in another process", async () => {
    await using app = await testApp({ engine: 'postgres' });
    const otherProcess = await openApp(app.app.config, { log: app.app.log });
    const otherServer = buildServer(otherProcess, ROUTES);
    try {
      for (let round = 0; round < 5; round += 1) {
        const owner = await app.anAccount();
        const customer = await app.anAccount();
        const connectApp = await app.aConnectApp(owner);
        const grant = await app.aGrant(connectApp, customer);
        const authorization = basic(connectLogin(grant, owner));
        const login = connectLogin(grant, owner);
        const { json: policy } = await app.post('/v1/ConnectionPolicies', login, {});
        const write = async (number: number): Promise<number> => {
          const { statusCode } = await otherServer.inject({
            method: 'POST',
            url: `/v1/ConnectionPolicies/${policy.sid}`,
            headers: { authorization, 'content-type': 'application/x-www-form-urlencoded' },
            payload: `FriendlyName=${number}`,
          });
          return statusCode;
        };
        const writer = async (): Promise<void> => {
          for (let number = 0; ; number += 1) {
            const status = await write(number);
            if (status === 401) return;
            assert.equal(status, 200);
          }
        };
        const writers = Array.from({ length: 8 }, writer);
        while ((await changesIn(app, grant)) < 5) await setTimeout(1);
        const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
        assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
        const atRevoke = await changesIn(app, grant);
        await Promise.all(writers);
        assert.equal(await changesIn(app, grant), atRevoke);
      }
    } finally {
      await otherServer.close();
      await otherProcess.close();
    }
  });
}
