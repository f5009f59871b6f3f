import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../src/http/endpoint.ts';
import { ROUTES } from '../src/routes.ts';
import { digestOfData } from './digest.ts';
import { aTenant, pathOf, type Tenant, validForm } from './tenant.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestApp,
  testApp,
} from './test-app.ts';

/** What the answer to a refused request must be, but for the path that a 404 repeats. */
interface Refusal {
  readonly status: number;
  readonly code: number;
}

const UNAUTHENTICATED: Refusal = { status: 401, code: 20003 };
const FORBIDDEN: Refusal = { status: 403, code: 20403 };
const NOT_FOUND: Refusal = { status: 404, code: 20404 };

const nowhere = (prefix: string) => prefix + 'f'.repeat(32);

function send(app: TestApp, endpoint: Endpoint, path: string, login?: Login): Promise<Reply> {
  const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
  return app.request(endpoint.method, path, { login, ...(form && { form }) });
}

function assertRefused(reply: Reply, expected: Refusal, what: string): void {
  assert.equal(reply.status, expected.status, `${what}: ${reply.text}`);
  const { code, status, message, more_info, ...rest } = reply.json;
  assert.deepEqual({ code, status }, expected.status === 404 ? NOT_FOUND : expected, what);
  assert.equal(typeof message, 'string');
  assert.equal(more_info, `https://www.twilio.com/docs/errors/${code}`);
  assert.deepEqual(rest, {}, what);
}

/** Refuses on every endpoint, and shows that nothing in the database moved meanwhile. */
async function assertAllRefused(
  app: TestApp,
  refused: (endpoint: Endpoint) => Promise<void>,
): Promise<void> {
  const before = await digestOfData(app.app);
  for (const endpoint of ROUTES.endpoints) await refused(endpoint);
  assert.equal(await digestOfData(app.app), before, 'a refused request changed something');
}

const is2010 = (endpoint: Endpoint) => endpoint.path.startsWith('/2010-04-01/');
const hasAccount = (endpoint: Endpoint) => endpoint.path.includes(':AccountSid');
const hasChild = (endpoint: Endpoint) => /:(?!AccountSid)/.test(endpoint.path);

onEveryEngine('every endpoint', (engine) => {
  test('refuses who is not known, and says no more to a real SID than to an invented one', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const logins: [string, Login | undefined][] = [
      ['no credentials', undefined],
      ['a wrong token', { username: tenant.account.sid, password: '0'.repeat(32) }],
      ['an empty token', { username: tenant.account.sid, password: '' }],
      ['an unknown account', { username: nowhere('AC'), password: tenant.account.auth_token }],
      ['an unknown key', { username: nowhere('SK'), password: '0'.repeat(32) }],
      ['a wrong secret', { ...tenant.standardKey, password: '0'.repeat(32) }],
      ['a user name that is no SID', { username: 'admin', password: tenant.account.auth_token }],
    ];
    await assertAllRefused(app, async (endpoint) => {
      for (const [what, login] of logins) {
        const reply = await send(app, endpoint, pathOf(endpoint, tenant), login);
        assertRefused(reply, UNAUTHENTICATED, `${endpoint.id} with ${what}`);
        assert.equal(reply.headers['www-authenticate'], 'Basic realm="Twilio API"');
      }
      const path = pathOf(endpoint, tenant);
      const wrong = await send(app, endpoint, path, logins[1]?.[1]);
      const unknown = await send(app, endpoint, path, logins[3]?.[1]);
      assert.equal(wrong.text, unknown.text);
    });
  });

  test("refuses another tenant's account as it refuses one that does not exist", async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const stranger = await aTenant(app);
    const logins = [loginOf(stranger.account), stranger.standardKey, stranger.mainKey];
    await assertAllRefused(app, async (endpoint) => {
      if (!hasAccount(endpoint)) return;
      for (const login of logins) {
        const foreign = await send(app, endpoint, pathOf(endpoint, tenant), login);
        assertRefused(foreign, UNAUTHENTICATED, `${endpoint.id} as ${login.username}`);
        const path = pathOf(endpoint, tenant).replace(tenant.account.sid, nowhere('AC'));
        const invented = await send(app, endpoint, path, login);
        assert.equal(foreign.text, invented.text, endpoint.id);
      }
    });
  });

  test("finds another tenant's things as little as things that do not exist", async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const stranger = await aTenant(app);
    const login = loginOf(stranger.account);
    await assertAllRefused(app, async (endpoint) => {
      if (!hasChild(endpoint)) return;
      const own = stranger.account.sid;
      const foreignPath = pathOf(endpoint, tenant).replace(tenant.account.sid, own);
      const foreign = await send(app, endpoint, foreignPath, login);
      assertRefused(foreign, NOT_FOUND, `${endpoint.id} at ${foreignPath}`);
      const inventedPath = foreignPath.replace(/(CN|SK|NY|NE|BY)\w{32}/g, (_, prefix: string) =>
        nowhere(prefix),
      );
      const invented = await send(app, endpoint, inventedPath, login);
      assert.equal(
        foreign.text.replaceAll(foreignPath.replace('/v1', ''), '-'),
        invented.text.replaceAll(inventedPath.replace('/v1', ''), '-'),
      );
    });
  });

  test('finds no child below a parent that is not its own', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const other = await aTenant(app);
    const swapped: Tenant = { ...tenant, policy_sid: other.policy_sid };
    const moved: Tenant = { ...tenant, target_sid: other.target_sid };
    for (const endpoint of ROUTES.endpoints) {
      if (!endpoint.path.includes(':ConnectionPolicySid/Targets/:Sid')) continue;
      for (const mixed of [swapped, moved]) {
        const reply = await send(app, endpoint, pathOf(endpoint, mixed), loginOf(tenant.account));
        assertRefused(reply, NOT_FOUND, endpoint.id);
      }
    }
  });

  test('gives a Connect app what its permissions give, and tells it what is missing', async () => {
    await using app = await testApp({ engine });
    const granted = [[], ['get-all'], ['post-all'], ['get-all', 'post-all']] as const;
    for (const permissions of granted) {
      const owner = await app.anAccount();
      const customer = await aTenant(app);
      const connectApp = await app.aConnectApp(owner, { permissions });
      const grant = await app.aGrant(connectApp, customer.account);
      const login = connectLogin(grant, owner);
      await assertAllRefused(app, async (endpoint) => {
        const expected = connectRefusal(endpoint, permissions);
        if (!expected) return;
        const path = pathOf(endpoint, customer).replaceAll(
          customer.account.sid,
          grant.subaccount_sid,
        );
        const reply = await send(app, endpoint, path, login);
        const what = `${endpoint.id} with ${permissions.join('+') || 'no permission'}`;
        assertRefused(reply, expected, what);
        const reason = reply.headers['tieline-reason'] ?? '';
        assert.match(
          reason,
          new RegExp(
            `^app="${connectApp.sid}", grant="${grant.sid}"(, missing="(get|post)-all")?, reauthorize=\\?0$`,
          ),
          what,
        );
      });
      await assertAllRefused(app, async (endpoint) => {
        if (!hasAccount(endpoint)) return;
        const mayRead = permissions.includes('get-all' as never) && mayReadOthers(endpoint);
        if (mayRead) return;
        const reply = await send(app, endpoint, pathOf(endpoint, customer), login);
        const outside = permissions.includes('get-all' as never)
          ? endpoint.id === 'FetchBalance'
            ? NOT_FOUND
            : FORBIDDEN
          : UNAUTHENTICATED;
        assertRefused(reply, outside, `${endpoint.id} on the customer's own account`);
        assert.ok(reply.headers['tieline-reason']);
      });
    }
  });

  test('keeps Standard keys from accounts and keys, and subaccounts from making accounts', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const subaccount = await app.aSubaccount(tenant.account);
    await assertAllRefused(app, async (endpoint) => {
      const isForbidden = /^(List|Fetch|Create|Update|Delete)(Account|(New)?(Signing)?Key)$/;
      if (!isForbidden.test(endpoint.id)) return;
      const reply = await send(app, endpoint, pathOf(endpoint, tenant), tenant.standardKey);
      assertRefused(reply, UNAUTHENTICATED, endpoint.id);
    });
    const created = await app.post('/2010-04-01/Accounts.json', loginOf(subaccount), {});
    assertRefused(created, FORBIDDEN, 'a subaccount making a subaccount');
    for (const login of [loginOf(subaccount), loginOf(tenant.account)]) {
      const balance = await app.get(`/2010-04-01/Accounts/${subaccount.sid}/Balance.json`, login);
      assertRefused(balance, NOT_FOUND, 'the balance of a subaccount');
    }
  });

  test('answers 405 to every method that it does not have, and changes nothing', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const known = new Map<string, Set<string>>();
    for (const { path, method } of ROUTES.endpoints) {
      known.set(path, (known.get(path) ?? new Set()).add(method));
    }
    await assertAllRefused(app, async (endpoint) => {
      for (const method of ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'PROPFIND', 'TRACE']) {
        if (known.get(endpoint.path)?.has(method)) continue;
        const path = pathOf(endpoint, tenant);
        const reply = await app.request(method, path, { login: loginOf(tenant.account) });
        assertRefused(reply, { status: 405, code: 20004 }, `${method} ${endpoint.path}`);
        assert.ok(reply.headers['allow']);
      }
      for (const name of ['x-http-method-override', 'x-method-override']) {
        if (endpoint.method !== 'GET' || known.get(endpoint.path)?.has('POST')) continue;
        const reply = await app.request('POST', `${pathOf(endpoint, tenant)}?_method=GET`, {
          login: loginOf(tenant.account),
          headers: { [name]: 'GET' },
        });
        assert.equal(reply.status, 405);
      }
    });
  });
});

/** What is never a Connect app's, from product decisions and not from the policy table. */
const NEVER = /(Key|ConnectApp|Balance|^CreateAccount|^UpdateAccount)$/;

/** What a Connect app is answered in its own subaccount; null when it may. */
function connectRefusal(endpoint: Endpoint, permissions: readonly string[]): Refusal | null {
  if (endpoint.id === 'FetchBalance') return NOT_FOUND;
  if (NEVER.test(endpoint.id)) return FORBIDDEN;
  if (endpoint.method === 'GET') return permissions.length > 0 ? null : FORBIDDEN;
  return permissions.includes('post-all') ? null : FORBIDDEN;
}

/** With get-all, an app reads the customer's other accounts too, but never what is never its own. */
function mayReadOthers(endpoint: Endpoint): boolean {
  return is2010(endpoint) && endpoint.method === 'GET' && !NEVER.test(endpoint.id);
}
