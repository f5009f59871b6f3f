import assert from 'node:assert/strict';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { test } from 'node:test';
import { type Config, readConfig } from '../../src/config.ts';
import { openLog } from '../../src/kit/log.ts';
import { start } from '../../src/main.ts';
import { ROUTES } from '../../src/routes.ts';
import { freePort } from '../support/free-port.ts';
import { loginOf, onEveryEngine, type Sent, testApp } from '../support/test-app.ts';

const PRODUCTION = {
  mode: 'production',
  publicUrl: 'https://api.example.com',
  adminToken: 'k3WzQm7pXr9TgB2nYc5Vh8LdFs4Jt6Ra',
} as const;
/** Paths for probes, which are answered under any host name. */
const PROBES = ['/healthz', '/readyz', '/metrics'];

function ofAllKinds(): string[] {
  const paths = [
    ...ROUTES.endpoints.map(({ path }) => path),
    ...ROUTES.control.map(({ path }) => path),
    ...ROUTES.pages.list.map(({ path }) => path),
    '/openapi.json',
    '/raml/v1.raml',
    '/demo',
    '/nowhere',
  ];
  return [...new Set(paths)].map((path) => path.replaceAll(/:\w+/g, `AC${'0'.repeat(32)}`));
}

for (const mode of ['development', 'production'] as const) {
  test(`an unknown host name is answered only with 421, on every path (${mode})`, async () => {
    const config: Partial<Config> = mode === 'production' ? PRODUCTION : {};
    await using app = await testApp({ engine: 'memory', config });
    for (const host of [
      'evil.example',
      'localhost.evil.example',
      '93.184.216.34:4010',
      '127.0.0.1.x',
    ]) {
      for (const path of ofAllKinds()) {
        for (const method of ['GET', 'POST']) {
          const { status, text } = await app.request(method, path, { headers: { host } });
          assert.equal(status, 421, `${method} ${path} as ${host}: ${text}`);
        }
      }
      for (const path of PROBES) {
        const { status } = await app.request('GET', path, { headers: { host } });
        assert.notEqual(status, 421, path);
      }
    }
    const said = await app.request('GET', '/openapi.json', { headers: { host: 'evil.example' } });
    assert.match(said.json.message, /start it with --allow-host evil\.example/);
  });
}

test("loopback, the public name, Twilio and the operator's allowed names are known", async () => {
  const config = {
    ...PRODUCTION,
    host: '10.0.0.5',
    allowedHosts: ['tieline.internal'],
  };
  await using app = await testApp({ engine: 'memory', config });
  const known = [
    'localhost',
    'localhost:4010',
    'LOCALHOST.:4010',
    'tenant.localhost',
    '127.0.0.1:1',
    '[::1]:4010',
    'api.example.com',
    'api.twilio.com',
    'voice.dublin.ie1.twilio.com',
    '10.0.0.5:4010',
    'tieline.internal:80',
  ];
  for (const host of known) {
    const { status } = await app.request('GET', '/openapi.json', { headers: { host } });
    assert.equal(status, 200, host);
  }
});

test('a server that listens on every address knows all addresses, and no further names', async () => {
  await using app = await testApp({ engine: 'memory', config: { host: '0.0.0.0' } });
  const statusAs = async (host: string) =>
    (await app.request('GET', '/openapi.json', { headers: { host } })).status;
  assert.equal(await statusAs('192.168.1.7:4010'), 200);
  assert.equal(await statusAs('[2001:db8::1]:4010'), 200);
  assert.equal(await statusAs('build-host:4010'), 421);
});

onEveryEngine('a write from a page of another site', (engine) => {
  test('changes nothing on any endpoint, and a script after a preflight is admitted', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    const send = (site: string, mode: string, more: Sent = {}) =>
      app.request('POST', path, {
        login,
        form: { FriendlyName: `${site} ${mode}` },
        headers: { 'sec-fetch-site': site, 'sec-fetch-mode': mode },
        ...more,
      });
    for (const site of ['cross-site', 'same-site']) {
      for (const mode of ['navigate', 'no-cors']) {
        const refused = await send(site, mode);
        assert.deepEqual([refused.status, refused.json.code], [403, 20403], `${site} ${mode}`);
      }
    }
    assert.equal((await app.get(path, login)).json.friendly_name, account.friendly_name);
    for (const [site, mode] of [
      ['cross-site', 'cors'],
      ['same-origin', 'navigate'],
      ['none', 'navigate'],
    ] as const) {
      assert.equal((await send(site, mode)).status, 200, `${site} ${mode}`);
    }
    const writes = [...ROUTES.endpoints, ...ROUTES.control].filter(
      ({ method }) => method !== 'GET',
    );
    for (const { method, path: pattern } of writes) {
      const one = pattern.replaceAll(/:\w+/g, account.sid);
      const headers = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'no-cors' };
      const { status } = await app.request(method, one, { login, headers });
      assert.equal(status, 403, `${method} ${one}`);
    }
  });
});

test('wrong admin tokens delay their network, and are in the log', async () => {
  await using app = await testApp({ engine: 'memory', config: PRODUCTION });
  const ask = (token: string) =>
    app.request('GET', '/_tieline/deliveries', { headers: { authorization: `Bearer ${token}` } });
  assert.equal((await ask(PRODUCTION.adminToken)).status, 200);
  const statuses: number[] = [];
  for (let guess = 0; guess < 8; guess += 1) statuses.push((await ask(`guess-${guess}`)).status);
  assert.deepEqual(statuses, [401, 401, 401, 401, 401, 429, 429, 429]);
  const late = await ask(PRODUCTION.adminToken);
  assert.equal(late.status, 429);
  assert.match(late.json.error, /Too many wrong tokens came from your network/);
  assert.ok(Number(late.headers['retry-after']) > 0);
  const told = app.logLines.filter((line) => line.includes('admin_token.refused'));
  assert.equal(told.length, 5);
});

test('production serves metrics and the control API to operators only', async () => {
  await using app = await testApp({ engine: 'memory', config: PRODUCTION });
  const authorization = `Bearer ${PRODUCTION.adminToken}`;
  for (const path of ['/metrics', '/raml/tieline.raml']) {
    assert.equal((await app.request('GET', path)).status, 401, path);
    assert.equal((await app.request('GET', path, { headers: { authorization } })).status, 200);
  }
  const tellsControl = async (headers: Record<string, string>) => {
    const { json } = await app.request('GET', '/openapi.json', { headers });
    return Object.keys(json.paths).some((path) => path.startsWith('/_tieline'));
  };
  assert.equal(await tellsControl({}), false);
  assert.equal(await tellsControl({ authorization }), true);
  assert.equal((await app.request('GET', '/raml/v1.raml')).status, 200);

  const plain = await app.request('GET', '/healthz');
  assert.equal(plain.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains');

  const networks = { ...PRODUCTION, opsNetworks: ['127.0.0.0/8'] };
  await using near = await testApp({ engine: 'memory', config: networks });
  assert.equal((await near.request('GET', '/metrics')).status, 200);
});

test("a second port serves the operators' endpoints, and nothing else", async () => {
  const port = await freePort();
  const secretKeys = [{ id: 'k1', bytes: Buffer.alloc(32, 1) }];
  const config = { ...readConfig({ port: '0', data: ':memory:' }, {}), ...PRODUCTION, secretKeys };
  const running = await start({ ...config, opsPort: port }, { log: openLog('silent') });
  try {
    const statusOf = async (path: string) =>
      (await fetch(`http://127.0.0.1:${port}${path}`)).status;
    for (const path of ['/healthz', '/readyz', '/metrics', '/raml/tieline.raml']) {
      assert.equal(await statusOf(path), 200, path);
    }
    assert.equal(await statusOf('/_tieline/accounts'), 404);
    assert.equal(await statusOf('/console'), 404);
    const broken = connect(port, '127.0.0.1').end('no HTTP\r\n\r\n');
    assert.match(await text(broken), /^HTTP\/1\.1 400 [^]*\nTwilio-Request-Id: RQ/);
    const again = start({ ...config, opsPort: port }, { log: openLog('silent') });
    await assert.rejects(again, /is taken by another program: .* choose another with --ops-port/);
  } finally {
    await running.close();
  }
});

test('no answer may be framed, sniffed or run', async () => {
  await using app = await testApp({
    engine: 'memory',
    config: { publicUrl: 'https://api.example.com' },
  });
  const login = loginOf(await app.anAccount());
  const list = `/2010-04-01/Accounts/${login.username}/Messages`;
  const paths = [
    `${list}.json`,
    `${list}.csv`,
    list,
    '/v1/ByocTrunks',
    '/login',
    '/nowhere',
    '/healthz',
    '/metrics',
    '/openapi.json',
    '/raml/v1.raml',
    '/_tieline/clock',
    '/demo',
  ];
  for (const path of paths) {
    const { headers } = await app.get(path, login);
    assert.equal(headers['x-content-type-options'], 'nosniff', path);
    const policy = headers['content-security-policy'] ?? '';
    for (const kind of ['default-src', 'object-src', 'base-uri', 'frame-ancestors']) {
      assert.ok(policy.includes(`${kind} 'none'`), `${path}: ${kind}`);
    }
    assert.match(headers['referrer-policy'] ?? '', /^(?:no-referrer|same-origin)$/, path);
    const transport = headers['strict-transport-security'] ?? '';
    assert.match(transport, /^max-age=\d{8,}; includeSubDomains$/, path);
  }
  const typeOf = async (path: string) => (await app.get(path, login)).headers['content-type'];
  assert.equal(await typeOf(`${list}.csv`), 'text/csv; charset=utf-8');
  assert.equal(await typeOf(list), 'application/xml; charset=utf-8');
});
