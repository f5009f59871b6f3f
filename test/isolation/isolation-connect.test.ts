import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPrimaryToken } from '../../src/accounts/open-primary-token.ts';
import { PERMISSIONS, type Permission } from '../../src/kit/permission.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { validForm } from '../support/tenant.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';
import { aMarkedTenant, pathAmong, subaccountOf } from './tenants.ts';

/** Attempts of Connect apps on other accounts, by the numbers of docs/threats.md. */

const accountPath = (sid: string) => `/2010-04-01/Accounts/${sid}.json`;
const POLICIES = '/v1/ConnectionPolicies';
const EVERY_SET: readonly (readonly Permission[])[] = [[], ['get-all'], ['post-all'], PERMISSIONS];

onEveryEngine('connect.deputy (T03)', (engine) => {
  test('a token opens the subaccounts of its owner’s own apps and no others', async () => {
    await using app = await testApp({ engine });
    const [ownerA, ownerB, customer] = [
      await app.anAccount(),
      await app.anAccount(),
      await app.anAccount(),
    ];
    const subaccounts = [
      { owner: ownerA, app: await app.aConnectApp(ownerA, { permissions: ['get-all'] }) },
      { owner: ownerA, app: await app.aConnectApp(ownerA, { permissions: ['post-all'] }) },
      { owner: ownerB, app: await app.aConnectApp(ownerB) },
    ];
    for (const { owner, app: connectApp } of subaccounts) {
      const grant = await app.aGrant(connectApp, customer);
      const path = accountPath(grant.subaccount_sid);
      for (const other of [ownerA, ownerB, customer]) {
        const reply = await app.get(path, connectLogin(grant, other));
        assert.equal(reply.status, other === owner ? 200 : 401);
      }
      for (const other of [ownerA, ownerB]) {
        assert.equal((await app.get(path, loginOf(other))).status, 401, 'by its own SID');
      }
    }
  });

  test("of two apps of one owner, neither can use the other's grants", async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const reading = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const writing = await app.aConnectApp(owner, { permissions: ['post-all'] });
    const reader = await app.aGrant(reading, customer);
    const writer = await app.aGrant(writing, customer);
    const asReader = connectLogin(reader, owner);
    const asWriter = connectLogin(writer, owner);

    const refusals: [Reply, number, string][] = [
      [await app.post(POLICIES, asReader, {}), 403, reading.sid],
      [await app.get(accountPath(reader.subaccount_sid), asWriter), 401, writing.sid],
      [await app.get(accountPath(customer.sid), asWriter), 401, writing.sid],
    ];
    for (const [reply, status, app_sid] of refusals) {
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.headers['tieline-reason'] ?? '', new RegExp(`^app="${app_sid}", `));
    }
    assert.equal((await app.get(accountPath(writer.subaccount_sid), asReader)).status, 200);
    const listed = await app.get('/2010-04-01/Accounts.json', asWriter);
    assert.deepEqual(
      listed.json.accounts.map(({ sid }: { sid: string }) => sid),
      [writer.subaccount_sid],
    );

    const body = { connect_app_sid: reading.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    assert.equal((await app.get(POLICIES, asReader)).status, 401);
    assert.equal((await app.post(POLICIES, asWriter, {})).status, 201, 'the other goes on');
  });
});

/**
 * PostgreSQL answers one of so many requests, because no SQL decides the method. The number has no
 * divisor in common with the number of tricks, so each path meets many of them.
 */
const IN_TURN = 7;

onEveryEngine('connect.methods (T05)', (engine) => {
  test('an app that may only read changes nothing by any method', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(owner, { permissions: ['get-all'] });
    const grant = await app.aGrant(connectApp, customer);
    const tenants = [
      await aMarkedTenant(app, 'sub', await subaccountOf(app, grant)),
      await aMarkedTenant(app, 'customer', customer),
    ];
    const login = connectLogin(grant, owner);
    const before = await digestOfData(app.app);
    const paths = new Set(ROUTES.endpoints.map(({ path }) => path));
    let asked = 0;
    for (const path of paths) {
      const writing = ROUTES.endpoints.find((one) => one.path === path && one.method === 'POST');
      const form = writing ? validForm(writing) : { FriendlyName: 'Renamed' };
      for (const tenant of tenants) {
        const suffixes = path.startsWith('/v1') ? ['', '/'] : ['.json', '', '/', '.x'];
        for (const suffix of suffixes) {
          for (const [method, url, sent] of tricks(pathAmong(path, tenant) + suffix, form)) {
            asked += 1;
            if (engine === 'postgres' && asked % IN_TURN !== 0) continue;
            const reply = await app.request(method, url, { login, ...sent });
            const isRead = ['GET', 'HEAD', 'OPTIONS'].includes(method);
            const what = `${method} ${url} ${JSON.stringify(sent)}: ${reply.status} ${reply.text}`;
            assert.ok(isRead || reply.status >= 400, what);
            assert.ok(reply.status < 500, what);
          }
        }
      }
    }
    assert.equal(await digestOfData(app.app), before);
  });
});

type Trick = [method: string, url: string, sent: Parameters<TestApp['request']>[2] & object];

const OVERRIDES = ['x-http-method-override', 'x-http-method', 'x-method-override'];
const WRITES = ['POST', 'PUT', 'PATCH', 'DELETE'];

/** Requests that name one method and mean another. */
function tricks(path: string, form: Record<string, string>): Trick[] {
  const query = path.includes('?') ? path : `${path}?`;
  const tricked: Trick[] = [];
  for (const method of [...WRITES, 'PROPFIND', 'SEARCH', 'MERGE']) tricked.push([method, path, {}]);
  tricked.push(['POST', path, { form }]);
  for (const write of ['POST', 'DELETE']) {
    for (const method of ['GET', 'HEAD', 'OPTIONS']) {
      const parameters = new URLSearchParams({ ...form, _method: write }).toString();
      tricked.push([method, `${query}${parameters}`, {}]);
      for (const name of OVERRIDES) tricked.push([method, path, { headers: { [name]: write } }]);
    }
  }
  for (const name of OVERRIDES) {
    tricked.push(['POST', path, { form, headers: { [name]: 'GET' } }]);
  }
  tricked.push(['POST', `${query}_method=GET`, { form: { ...form, _method: 'GET' } }]);
  return tricked;
}

/** A request of an app, with the permission that it needs. */
interface Probe {
  readonly name: string;
  readonly allowed: (may: readonly Permission[]) => boolean;
  readonly refusal: 401 | 403;
  readonly ask: (app: TestApp, login: Login, customer: TestAccount) => Promise<Reply>;
}

const mayAnything = (may: readonly Permission[]) => may.length > 0;

const PROBES: readonly Probe[] = [
  {
    name: 'reading its own',
    allowed: mayAnything,
    refusal: 403,
    ask: (app, login) => app.get(POLICIES, login),
  },
  {
    name: 'listing accounts',
    allowed: mayAnything,
    refusal: 403,
    ask: (app, login) => app.get('/2010-04-01/Accounts.json', login),
  },
  {
    name: 'reading the customer’s',
    allowed: (may) => may.includes('get-all'),
    refusal: 401,
    ask: (app, login, customer) => app.get(accountPath(customer.sid), login),
  },
  {
    name: 'writing its own',
    allowed: (may) => may.includes('post-all'),
    refusal: 403,
    ask: (app, login) => app.post(POLICIES, login, {}),
  },
];

onEveryEngine('permissions.stale (T09)', (engine) => {
  for (const granted of EVERY_SET) {
    for (const asked of EVERY_SET) {
      const name = (set: readonly Permission[]) => set.join(' and ') || 'nothing';
      test(`granted ${name(granted)}, asked for now: ${name(asked)}`, async () => {
        await using app = await testApp({ engine });
        const [owner, customer] = [await app.anAccount(), await app.anAccount()];
        const connectApp = await app.aConnectApp(owner, { permissions: granted });
        const grant = await app.aGrant(connectApp, customer);
        const path = `/2010-04-01/Accounts/${owner.sid}/ConnectApps/${connectApp.sid}.json`;
        const update = await app.post(path, loginOf(owner), { Permissions: asked.join(',') });
        assert.deepEqual(update.json.permissions, asked);
        const shown = `/2010-04-01/Accounts/${customer.sid}/AuthorizedConnectApps.json`;
        const { json } = await app.get(shown, loginOf(customer));
        assert.deepEqual(json.authorized_connect_apps[0].permissions, granted);

        const effective = granted.filter((permission) => asked.includes(permission));
        const reasons = await probe(app, connectLogin(grant, owner), customer, effective);
        // The customer authorises again. Each refusal's reason was right, and nothing else opens.
        const body = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
        assert.equal((await app.control('POST', '/authorize', body)).status, 200);
        await probe(app, connectLogin(grant, owner), customer, asked);
        for (const { name, allowed } of PROBES) {
          const reason = reasons.get(name);
          if (reason === undefined) continue;
          const helps = reason.endsWith(', reauthorize=?1');
          assert.equal(helps, allowed(asked), `${name}: ${reason}`);
        }
      });
    }
  }

  test('an app reads no password in a URL that its customer wrote (T04)', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const customer = await app.anAccount();
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const guest = connectLogin(grant, owner);
    const token = await openPrimaryToken(app.app, app.app.database.db, grant.subaccount_sid);
    const own = { username: grant.subaccount_sid, password: token };
    const urls = ['VoiceUrl', 'VoiceFallbackUrl', 'StatusCallbackUrl'];
    const form = Object.fromEntries(urls.map((name) => [name, 'https://user:CANARY@example.com/']));
    const made = await app.post('/v1/ByocTrunks', own, form);
    assert.match(made.text, /user:CANARY@/);
    const path = `/v1/ByocTrunks/${made.json.sid}`;
    for (const reply of [
      await app.get(path, guest),
      await app.get('/v1/ByocTrunks', guest),
      await app.post(path, guest, {}),
      await app.post(path, guest, { FriendlyName: 'Mine' }),
    ]) {
      assert.equal(reply.status, 200, reply.text);
      assert.match(reply.text, /https:\/\/user@example\.com\//);
      assert.ok(!reply.text.includes('CANARY'), reply.text);
    }
  });
});

/** Sends every request. @returns the reasons of the refusals */
async function probe(
  app: TestApp,
  login: Login,
  customer: TestAccount,
  may: readonly Permission[],
): Promise<Map<string, string>> {
  const reasons = new Map<string, string>();
  for (const { name, allowed, refusal, ask } of PROBES) {
    const reply = await ask(app, login, customer);
    const reason = reply.headers['tieline-reason'];
    const what = `${name} with ${may.join()}: ${reply.text}`;
    if (allowed(may)) {
      assert.ok(reply.status < 300, what);
      continue;
    }
    assert.equal(reply.status, refusal, what);
    assert.match(reason ?? '', /^app="CN\w{32}", grant="GR\w{32}", missing="(get|post)-all", /);
    reasons.set(name, reason ?? '');
  }
  return reasons;
}
