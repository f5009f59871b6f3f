import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { digestOfData } from '../support/digest.ts';
import { aTenant, pathOf, type Tenant } from '../support/tenant.ts';
import { basic, loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

const RUNS = 400;

/** Escapes every byte, so that a form can carry bytes that are not text. */
const escaped = (bytes: Uint8Array): string =>
  [...bytes].map((byte) => `%${byte.toString(16).padStart(2, '0')}`).join('');

const hostileTexts = [
  '',
  ' ',
  '\0',
  'a\0b',
  '\u202e',
  '\ufffd',
  '../../etc/passwd',
  "' OR 1=1 --",
  '<script>alert(1)</script>',
  '<!DOCTYPE x [<!ENTITY y "z">]>',
  '__proto__',
  'constructor',
  'null',
  'undefined',
  'NaN',
  '-1',
  '1e309',
  '9'.repeat(400),
  'x'.repeat(70_000),
  '😀'.repeat(65),
  'http://',
  'http://a b/',
  'https://user:pass@example.com/',
  'javascript:alert(1)',
  'sips:example.com',
  'sip:example.com\r\nX: y',
  `sip:${'a'.repeat(300)}`,
  'get-all,post-all,get-all',
  'GET\n',
  'true ',
];

/** Escaped values: hostile ones, any Unicode, any bytes. */
const value = fc.oneof(
  fc.constantFrom(...hostileTexts).map(encodeURIComponent),
  fc.string({ unit: 'binary', maxLength: 40 }).map((text) => encodeURIComponent(text)),
  fc.uint8Array({ maxLength: 20 }).map(escaped),
  fc.constantFrom('%', '%zz', '%ED%A0%80', '%C0%80', '%00', '+'),
);

const strangeNames = [
  '__proto__',
  'constructor',
  'toString',
  'PageSize',
  'Page',
  'PageToken',
  'AccountSid',
  'Sid',
  'date_created',
  'Permissions[]',
  'Permissions[0]',
  'Permissions[__proto__]',
  '',
];

function formFor(endpoint: Endpoint): fc.Arbitrary<string> {
  const names = fc.constantFrom(...Object.keys(endpoint.input.shape), ...strangeNames);
  const pair = fc.tuple(names.map(encodeURIComponent), value).map((parts) => parts.join('='));
  return fc.array(pair, { maxLength: 6 }).map((pairs) => pairs.join('&'));
}

const contentType = fc.constantFrom(
  'application/x-www-form-urlencoded',
  'application/x-www-form-urlencoded; charset=latin1',
  'application/json',
  'multipart/form-data; boundary=x',
  'text/xml',
  '',
  ';',
  'a/b/c',
);

/** A request to one endpoint with random values in every place. */
function requestTo(endpoint: Endpoint) {
  return fc.record({
    id: fc.constant(endpoint.id),
    query: fc.oneof(fc.constant(''), formFor(endpoint)),
    body: fc.oneof(
      { weight: 3, arbitrary: formFor(endpoint).map((text) => Buffer.from(text)) },
      {
        weight: 1,
        arbitrary: fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
      },
      { weight: 1, arbitrary: fc.json().map((text) => Buffer.from(text)) },
    ),
    type: fc.oneof(
      { weight: 3, arbitrary: fc.constant(undefined) },
      { weight: 1, arbitrary: contentType },
    ),
    /** The replacement of one segment of the path, if any. */
    segment: fc.option(fc.tuple(fc.nat(12), value), { freq: 4 }),
    suffix: fc.constantFrom('', '.json', '.xml', '.csv', '.html', '/', '%00', '.json/'),
    stranger: fc.boolean(),
  });
}

const anyRequest = fc.oneof(...ROUTES.endpoints.map(requestTo));
type AnyRequest = typeof anyRequest extends fc.Arbitrary<infer T> ? T : never;

async function send(app: TestApp, tenants: [Tenant, Tenant], request: AnyRequest) {
  const { id, query, body, type, segment, suffix, stranger } = request;
  const endpoint = ROUTES.endpoints.find((known) => known.id === id) as Endpoint;
  const parts = pathOf(endpoint, tenants[0])
    .replace(/\.json$/, '')
    .split('/');
  if (segment) parts[1 + (segment[0] % (parts.length - 1))] = segment[1];
  const isPost = endpoint.method === 'POST';
  const reply = await app.server.inject({
    method: endpoint.method,
    url: `${parts.join('/')}${suffix}${query === '' ? '' : `?${query}`}`,
    headers: {
      host: 'localhost',
      authorization: basic(loginOf(tenants[stranger ? 1 : 0].account)),
      ...(isPost && { 'content-type': type ?? 'application/x-www-form-urlencoded' }),
    },
    ...(isPost && { payload: body }),
  });
  return { status: reply.statusCode, text: reply.body, type: reply.headers['content-type'] };
}

/** Parameters that may be repeated, as Twilio documents them. */
const LISTS = [
  'MediaUrl',
  'Permissions',
  'PersistentAction',
  'RecordingStatusCallbackEvent',
  'StatusCallbackEvent',
];

onEveryEngine('any input', (engine) => {
  test('is answered, or refused in the documented form without a change', async () => {
    await using app = await testApp({ engine });
    const tenants: [Tenant, Tenant] = [await aTenant(app), await aTenant(app)];
    const seen = new Set<number>();
    // A refusal changes nothing, so the digest stays known until a request is accepted.
    let known: string | null = null;
    await fc.assert(
      fc.asyncProperty(anyRequest, async (request) => {
        const before: string = known ?? (await digestOfData(app.app));
        known = null;
        const { status, text, type } = await send(app, tenants, request);
        seen.add(status);
        assert.ok(status < 500, `${status}: ${text}`);
        if (status < 400) return;
        assert.equal(await digestOfData(app.app), before, 'a refused request changed something');
        known = before;
        if (String(type).startsWith('application/xml')) {
          assert.match(
            text,
            new RegExp(`<RestException><Code>\\d{5}</Code>.*<Status>${status}<`, 's'),
          );
          return;
        }
        const error = JSON.parse(text) as Record<string, unknown>;
        assert.deepEqual(Object.keys(error).toSorted(), ['code', 'message', 'more_info', 'status']);
        assert.equal(error['status'], status);
      }),
      { numRuns: RUNS },
    );
    // The generator must reach all of these statuses.
    for (const status of [200, 400, 401, 404, 415])
      assert.ok(seen.has(status), `no ${status} seen`);
  });

  test("cannot write the server's own fields or another account's things", async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const stranger = await aTenant(app);
    const fetches = new Set(
      ROUTES.endpoints.filter(({ kind }) => kind === 'fetch').map(({ path }) => path),
    );
    for (const endpoint of ROUTES.endpoints) {
      // Feedback about a message cannot be read again.
      if (endpoint.kind !== 'update' || !fetches.has(endpoint.path)) continue;
      const path = pathOf(endpoint, tenant);
      const login = loginOf(tenant.account);
      const fetched = await app.get(path, login);
      assert.equal(fetched.status, 200, path);
      const fields = Object.entries(fetched.json as Record<string, unknown>);
      const form = fields
        .flatMap(([name]) => [name, name.replaceAll(/(?:^|_)([a-z])/g, (_, x) => x.toUpperCase())])
        .filter((name) => !(name in endpoint.input.shape))
        .map((name) => `${name}=${stranger.account.sid}`);
      // The required parameter gets its present value.
      if (endpoint.id === 'UpdateCallRecording') form.push(`Status=${fetched.json.status}`);
      const posted = await app.post(path, login, form.join('&'));
      assert.equal(posted.status, 200, `${endpoint.id}: ${posted.text}`);
      assert.deepEqual(posted.json, fetched.json, endpoint.id);
    }
  });

  test('that is given twice is refused by its name, except in parameters that are lists', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    const lists = new Set<string>();
    for (const endpoint of ROUTES.endpoints) {
      const path = pathOf(endpoint, tenant);
      for (const name of Object.keys(endpoint.input.shape)) {
        const twice = `${name}=x&${name}=y`;
        const { text } =
          endpoint.method === 'POST'
            ? await app.post(path, login, twice)
            : await app.request(endpoint.method, `${path}?${twice}`, { login });
        if (!text.includes(`${name} may be given only once`)) lists.add(name);
      }
    }
    assert.deepEqual([...lists].toSorted(), LISTS);
  });

  test('that is too large is refused before it is read', async () => {
    await using app = await testApp({ engine });
    const { account, connect_app_sid } = await aTenant(app);
    const path = `/2010-04-01/Accounts/${account.sid}/ConnectApps/${connect_app_sid}.json`;
    const body = await app.post(path, loginOf(account), `Description=${'x'.repeat(1024 * 1024)}`);
    assert.equal(body.status, 413);
    assert.equal(body.json.code, 20001);
    const url = await app.get(`${path}?x=${'y'.repeat(9_000)}`, loginOf(account));
    assert.equal(url.status, 414);
    const many = await app.post(path, loginOf(account), 'a=1&'.repeat(600));
    assert.equal(many.status, 400);
  });
});
