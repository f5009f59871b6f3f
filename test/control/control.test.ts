import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import fc from 'fast-check';
import { openFirstWorld, revealAccount } from '../../src/control/first-world.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

const ADMIN_TOKEN = 'an-admin-token-of-a-test';

onEveryEngine('the control API', (engine) => {
  test('makes accounts, upgrades them, and makes and deletes their apps', async () => {
    await using app = await testApp({ engine });
    const sid = `AC${'a'.repeat(32)}`;
    const auth_token = 'Ab1'.repeat(10) + 'xy';
    const made = await app.control('POST', '/accounts', {
      friendly_name: 'Zoë',
      type: 'Trial',
      sid,
      auth_token,
    });
    assert.equal(made.status, 201);
    assert.equal(made.json.auth_token, auth_token);
    assert.equal(made.json.type, 'Trial');
    const login = { username: sid, password: auth_token };
    const fetched = await app.get(`/2010-04-01/Accounts/${sid}.json`, login);
    const { test_account_sid, test_auth_token, ...account } = made.json;
    assert.deepEqual(fetched.json, account);
    assert.match(`${test_account_sid}:${test_auth_token}`, /^AC[0-9a-f]{32}:[0-9a-f]{32}$/);

    const wanted = {
      account_sid: sid,
      friendly_name: 'Counter',
      company_name: 'Numbers Ltd',
      permissions: ['post-all', 'get-all'],
      authorize_redirect_url: 'https://numbers.example.com/back',
    };
    const refused = await app.control('POST', '/connect_apps', wanted);
    assert.equal(refused.status, 400);
    assert.match(refused.json.error, /upgrade/);
    assert.equal((await app.control('POST', `/accounts/${sid}/upgrade`)).json.type, 'Full');
    const connectApp = await app.control('POST', '/connect_apps', wanted);
    assert.equal(connectApp.status, 201);
    assert.deepEqual(connectApp.json.permissions, ['get-all', 'post-all']);

    const path = `/2010-04-01/Accounts/${sid}/ConnectApps/${connectApp.json.sid}.json`;
    assert.deepEqual((await app.get(path, login)).json, connectApp.json);
    const deleted = await app.control('DELETE', `/connect_apps/${connectApp.json.sid}`);
    assert.equal(deleted.status, 204);
    assert.equal((await app.get(path, login)).status, 404);
  });

  test('grants, denies and revokes in one call each, and gives the reason for a refusal', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const trial = await app.anAccount({ type: 'Trial' });
    const subaccount = await app.aSubaccount(customer);
    const { sid: connect_app_sid } = await app.aConnectApp(owner, {
      authorize_redirect_url: 'https://app.example.com/a?b=1&state=old&AccountSid=ACx#part',
    });
    const body = { connect_app_sid, account_sid: customer.sid };
    const denied = await app.control('POST', '/deny', { ...body, state: 'x' });
    assert.deepEqual(denied.json, {
      redirect_url: 'https://app.example.com/a?b=1&error=unauthorized_client#part',
    });

    const given = await app.control('POST', '/authorize', { ...body, state: 'x=1&y' });
    assert.deepEqual(given.json, {
      account_sid: given.json.account_sid,
      redirect_url: `https://app.example.com/a?b=1&AccountSid=${given.json.account_sid}&state=x%3D1%26y#part`,
      permissions: ['get-all', 'post-all'],
    });
    const revoked = await app.control('POST', '/deauthorize', body);
    assert.deepEqual(revoked.json, { account_sid: given.json.account_sid, delivery_id: null });
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 404);

    const unknown = `AC${'0'.repeat(32)}`;
    for (const [status, error, changed] of [
      [400, /upgrade the account first/, { account_sid: trial.sid }],
      [400, /main account, not by a subaccount/, { account_sid: subaccount.sid }],
      [404, /no account ACfff/, { account_sid: `AC${'f'.repeat(32)}` }],
      [404, /no Connect app CN000/, { connect_app_sid: `CN${'0'.repeat(32)}` }],
      [400, /account_sid must be a SID/, { account_sid: 'x' }],
      [400, /state must be at most 2048 bytes/, { state: 'ä'.repeat(1_025) }],
      [400, /state must be Unicode/, { state: '\ud800' }],
      [400, /does not take "extra"/, { extra: unknown }],
    ] as const) {
      const reply = await app.control('POST', '/authorize', { ...body, ...changed });
      assert.equal(reply.status, status, reply.text);
      assert.deepEqual(Object.keys(reply.json), ['error']);
      assert.match(reply.json.error, error);
    }
    assert.equal(
      (await app.control('POST', '/authorize', { ...body, state: 'ä'.repeat(1_024) })).status,
      200,
    );
  });

  test('makes the world of a first start anew, the same for the same key', async () => {
    await using app = await testApp({ engine });
    const world = await openFirstWorld(app.app, 'http://localhost:4010');
    assert.ok(world);
    const developer = await revealAccount(app.app, world.developer_account_sid);
    assert.ok(developer);
    await app.anAccount();
    assert.equal((await app.control('POST', '/reset')).status, 204);
    const login = { username: developer.sid, password: developer.auth_token };
    const { json } = await app.get('/2010-04-01/Accounts.json', login);
    assert.equal(json.accounts.length, 1);
    const path = `/2010-04-01/Accounts/${developer.sid}/ConnectApps/${world.connect_app_sid}.json`;
    assert.equal((await app.get(path, login)).json.friendly_name, 'Tieline Demo');
    assert.deepEqual(await openFirstWorld(app.app, 'http://localhost:4010'), world);

    await openFirstWorld(app.app, 'https://tunnel.example.com');
    const moved = await app.get(path, login);
    assert.equal(moved.json.authorize_redirect_url, 'https://tunnel.example.com/demo/authorize');
  });

  test('makes the people of a first start at the next one if the first ended early', async () => {
    await using app = await testApp({ engine });
    const origin = 'http://localhost:4010';
    const people = () => app.app.database.db.selectFrom('people').select('email').execute();
    const ended = Promise.reject<string>(new Error('the process ended'));
    ended.catch(() => undefined);
    await assert.rejects(openFirstWorld(app.app, origin, ended), /the process ended/);
    assert.deepEqual(await people(), []);
    const world = await openFirstWorld(app.app, origin);
    assert.ok(world);
    assert.equal((await people()).length, 2);
    assert.deepEqual(await openFirstWorld(app.app, origin), world);
    assert.equal((await people()).length, 2);
  });

  test('accepts any JSON or refuses it with one sentence', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const anyBody = fc.oneof(
      fc.json().map((text) => text),
      fc.string({ unit: 'binary', maxLength: 30 }),
      fc
        .dictionary(
          fc.constantFrom(
            'account_sid',
            'connect_app_sid',
            'friendly_name',
            'sid',
            'state',
            'type',
          ),
          fc.oneof(
            fc.constant(account.sid),
            fc.jsonValue(),
            fc.constant('\0'),
            fc.constant('\ud800'),
          ),
        )
        .map((value) => JSON.stringify(value)),
    );
    const calls = ROUTES.control.filter(({ method }) => method === 'POST');
    const anyCall = fc.constantFrom(...calls.map(({ path }) => path.replace(':Sid', '%00x')));
    await fc.assert(
      fc.asyncProperty(anyCall, anyBody, async (path, payload) => {
        if (path === '/_tieline/reset' && payload.trim() === '') return;
        const before = await digestOfData(app.app);
        const headers = { host: 'localhost', 'content-type': 'application/json' };
        const { statusCode, body } = await app.server.inject({
          method: 'POST',
          url: path,
          headers,
          payload,
        });
        assert.ok(statusCode < 500, body);
        if (statusCode < 400) return;
        const { error, ...rest } = JSON.parse(body) as Record<string, unknown>;
        assert.match(String(error), /^.+\.$|^The requested resource/s);
        assert.deepEqual(rest, {});
        assert.equal(await digestOfData(app.app), before);
      }),
      { numRuns: 300 },
    );
  });
});

suite('the control API is open', () => {
  const body = { friendly_name: 'x' };
  const strangers: Record<string, { remoteAddress?: string; headers: Record<string, string> }> = {
    'another machine': { remoteAddress: '192.0.2.1', headers: {} },
    'a proxy': { headers: { 'x-forwarded-for': '192.0.2.1' } },
    'a web page': { headers: { origin: 'https://evil.example.com' } },
    'a cross-site form': { headers: { 'sec-fetch-site': 'cross-site' } },
    'a wrong token': { headers: { authorization: 'Bearer wrong' } },
  };

  test('in development to this machine, and to others with the token only', async () => {
    await using app = await testApp({ engine: 'memory', config: { adminToken: ADMIN_TOKEN } });
    assert.equal((await app.control('POST', '/accounts', body)).status, 201);
    for (const host of ['127.0.0.1:4010', '[::1]:4010', 'tieline.localhost']) {
      const reply = await app.request('POST', '/_tieline/accounts', { body, headers: { host } });
      assert.equal(reply.status, 201, host);
    }
    const rebound = { host: 'evil.example.com:4010', authorization: `Bearer ${ADMIN_TOKEN}` };
    const page = await app.request('POST', '/_tieline/accounts', { body, headers: rebound });
    assert.equal(page.status, 421, 'a page whose name was rebound, with the token or without');
    for (const [who, { remoteAddress, headers }] of Object.entries(strangers)) {
      const inject = (more: Record<string, string>) =>
        app.server.inject({
          method: 'POST',
          url: '/_tieline/accounts',
          headers: { host: 'localhost', 'content-type': 'application/json', ...headers, ...more },
          payload: JSON.stringify(body),
          ...(remoteAddress && { remoteAddress }),
        });
      const refused = await inject({});
      assert.equal(refused.statusCode, 401, who);
      assert.match(refused.json().error, /TIELINE_ADMIN_TOKEN/);
      const admitted = await inject({ authorization: `Bearer ${ADMIN_TOKEN}` });
      assert.equal(admitted.statusCode, 201, who);
    }
  });

  test('in production with the token only, without the calls for tests', async () => {
    const config = { mode: 'production', adminToken: ADMIN_TOKEN } as const;
    await using app = await testApp({ engine: 'memory', config });
    assert.equal((await app.control('POST', '/accounts', body)).status, 401);
    const headers = { authorization: `Bearer ${ADMIN_TOKEN}` };
    const made = await app.request('POST', '/_tieline/accounts', { body, headers });
    assert.equal(made.status, 201);
    const login = { username: made.json.sid, password: made.json.auth_token };
    const balance = await app.get(`/2010-04-01/Accounts/${made.json.sid}/Balance.json`, login);
    assert.equal(balance.json.balance, '0.00');
    assert.equal((await app.request('POST', '/_tieline/reset', { headers })).status, 404);
  });
});

suite('an account', () => {
  test('has as many open subaccounts as its type allows', async () => {
    await using app = await testApp({ engine: 'memory' });
    const trial = await app.anAccount({ type: 'Trial' });
    const create = () => app.post('/2010-04-01/Accounts.json', loginOf(trial), {});
    const first = await create();
    assert.equal(first.status, 201);
    assert.equal(first.json.friendly_name, 'SubAccount Created at 2026-03-18 11:31 pm');
    assert.equal((await create()).status, 400);
    const path = `/2010-04-01/Accounts/${first.json.sid}.json`;
    await app.post(path, loginOf(trial), { Status: 'closed' });
    assert.equal((await create()).status, 201);
  });
});
