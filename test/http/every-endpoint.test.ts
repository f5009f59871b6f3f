import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import {
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

/** The expected answer to a refused request. */
interface Refusal {
  readonly status: number;
  readonly code: number;
}

const UNAUTHENTICATED: Refusal = { status: 401, code: 20003 };
const NOT_HERE: Refusal = { status: 404, code: 20404 };

const nowhere = (prefix: string) => prefix + 'f'.repeat(32);

function send(app: TestApp, endpoint: Endpoint, path: string, login?: Login): Promise<Reply> {
  const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
  return app.request(endpoint.method, path, { login, ...(form && { form }) });
}

function assertRefused(reply: Reply, expected: Refusal, what: string): void {
  assert.equal(reply.status, expected.status, `${what}: ${reply.text}`);
  const { code, status, message, more_info, ...rest } = reply.json;
  assert.deepEqual({ code, status }, expected, what);
  assert.equal(typeof message, 'string');
  assert.equal(more_info, `https://www.twilio.com/docs/errors/${code}`);
  assert.deepEqual(rest, {}, what);
}

/** Expects a refusal on every endpoint, without a change of the database. */
async function assertAllRefused(
  app: TestApp,
  refused: (endpoint: Endpoint) => Promise<void>,
): Promise<void> {
  const before = await digestOfData(app.app);
  for (const endpoint of ROUTES.endpoints) await refused(endpoint);
  assert.equal(await digestOfData(app.app), before, 'a refused request changed something');
}

onEveryEngine('every endpoint', (engine) => {
  test('refuses unknown callers, with the same answer for a real and an invented SID', async () => {
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

  test('answers 405 to every method that it does not have, and 404 for an absent resource', async () => {
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
        const refusal = endpoint.absent ? NOT_HERE : { status: 405, code: 20004 };
        assertRefused(reply, refusal, `${method} ${endpoint.path}`);
        assert.ok(reply.headers[endpoint.absent ? 'tieline-reason' : 'allow']);
      }
    });
  });

  test('answers HEAD as it answers GET, without the body', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    const paths = [
      ...ROUTES.endpoints
        .filter(({ method }) => method === 'GET')
        .map((one) => pathOf(one, tenant)),
      ...ROUTES.control.filter(({ method }) => method === 'GET').map(({ path }) => path),
      ...ROUTES.pages.list.filter(({ show }) => show).map(({ path }) => path),
      ...ROUTES.assets.map(({ path }) => path),
      '/healthz',
      '/readyz',
      '/openapi.json',
      '/raml/v1.raml',
      '/demo',
    ];
    for (const path of paths) {
      const got = await app.request('GET', path, { login });
      const head = await app.request('HEAD', path, { login });
      assert.deepEqual([head.status, head.text], [got.status, ''], path);
      assert.equal(head.headers['content-type'], got.headers['content-type'], path);
    }
  });
});
