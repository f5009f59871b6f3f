import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  Admission,
  type Entry,
  FEW,
  type Kind,
  LASTING_MS,
} from '../../src/http/guards/admission.ts';
import { ADMISSION } from '../../src/http/guards/overload.ts';
import { Arrivals } from '../../src/kit/event-loop.ts';
import { ROUTES } from '../../src/routes.ts';
import { Browser } from '../support/browser.ts';
import { ann, logIn } from '../support/people.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type Reply,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const REFUSE = { overload: 'refuse' } as const;
const MANY = 10 * FEW;
const BEAT_MS = 100;
const POLICIES = '/v1/ConnectionPolicies';

/** Requests under way that do not end, on a clock of their own, until they are let go. */
function slowServer({ app }: TestApp) {
  let now = 0;
  const admission = new Admission(() => now);
  app.kept.set(ADMISSION, admission);
  const entries: Entry[] = [];
  return {
    admission,
    /** Fills the server, and lets the overload last. */
    fill(kind: Kind, callers: readonly string[]) {
      for (let sent = 0; sent < MANY; sent += 1) {
        const entered = admission.enter(kind, callers[sent % callers.length] ?? '');
        assert.ok(typeof entered === 'object');
        entries.push(entered);
      }
    },
    last() {
      for (let passed = 0; passed <= 2 * LASTING_MS; passed += BEAT_MS) {
        now += BEAT_MS;
        admission.beat();
      }
    },
    end() {
      for (const entry of entries.splice(0)) admission.leave(entry);
    },
  };
}

const FORM = (text: string) => new URLSearchParams(text);
const isShed = ({ headers }: Reply) => (headers['tieline-reason'] ?? '').startsWith('overload');
const create = (app: TestApp, login: Login, suffix = '') => app.post(POLICIES + suffix, login, {});

onEveryEngine('in an overload', (engine) => {
  test('the account with the most writes is refused with Retry-After, and no other', async () => {
    await using app = await testApp({ engine, config: REFUSE });
    const [heavy, light] = [await app.anAccount(), await app.anAccount()];
    const key = await app.aKey(await app.aSubaccount(heavy), 'standard');
    const appOfHeavy = await app.aConnectApp(heavy, { permissions: ['get-all', 'post-all'] });
    const grant = await app.aGrant(appOfHeavy, light);
    const logins = [loginOf(heavy), key, connectLogin(grant, heavy)];
    const slow = slowServer(app);
    for (const login of [...logins, loginOf(light)]) {
      assert.equal((await app.get(POLICIES, login)).status, 200);
    }
    slow.fill('write', [heavy.sid]);
    assert.equal((await create(app, loginOf(heavy))).status, 201, 'a moment is no overload');
    slow.last();
    for (const login of logins) {
      const { status, json, headers } = await create(app, login);
      assert.deepEqual([status, json.code], [429, 20429]);
      assert.match(headers['retry-after'] ?? '', /^[123]$/);
      assert.equal(headers['tieline-reason'], 'overload="account"');
      assert.equal((await app.get(POLICIES, login)).status, 200, 'reads go on');
    }
    const messages = `/2010-04-01/Accounts/${heavy.sid}/Messages`;
    const xml = await app.post(messages, loginOf(heavy), {});
    assert.equal(xml.status, 429);
    assert.match(xml.text, /<Code>20429<\/Code>.*<Status>429<\/Status>/s);
    assert.equal((await create(app, loginOf(light))).status, 201);
    const { text } = await app.get('/metrics');
    assert.match(text, /refused_by_overload_total\{cause="account"\} 4/);
    slow.end();
    assert.equal((await create(app, loginOf(heavy))).status, 201);
    assert.equal(slow.admission.underWay, 0, 'nothing is kept of requests that ended');
  });

  test('a refusal before the request is read is the same answer, over a connection that goes on', async () => {
    await using app = await testApp({ engine, config: REFUSE });
    const heavy = await app.anAccount();
    const key = await app.aKey(heavy, 'standard');
    const login = loginOf(heavy);
    const origin = await app.listen();
    assert.equal((await app.get(POLICIES, login)).status, 200);
    const slow = slowServer(app);
    slow.fill('write', [heavy.sid]);
    slow.last();
    const authorization = `Basic ${Buffer.from(`${login.username}:${login.password}`).toString('base64')}`;
    const ask = async (method: string, path: string, body?: string) => {
      const init = { method, headers: { authorization }, ...(body && { body: FORM(body) }) };
      const answer = await fetch(origin + path, init);
      return { answer, text: await answer.text() };
    };
    const account = `/2010-04-01/Accounts/${heavy.sid}`;
    for (const path of [POLICIES, `${account}/Messages`, `${account}/Messages.json`]) {
      const late = await app.post(path, login, {});
      const { answer, text } = await ask('POST', path, 'Body=Hello');
      assert.deepEqual([answer.status, text], [late.status, late.text]);
      assert.equal(answer.status, 429);
      for (const [name, value] of Object.entries(late.headers)) {
        if (!/^(?:date|connection|retry-after|twilio-)/.test(name)) {
          assert.equal(answer.headers.get(name), value, name);
        }
      }
      assert.match(answer.headers.get('retry-after') ?? '', /^[123]$/);
      assert.match(answer.headers.get('twilio-request-id') ?? '', /^RQ[0-9a-f]{32}$/);
    }
    assert.equal((await ask('GET', POLICIES)).answer.status, 200, 'reads go on');
    const long = await ask('POST', POLICIES, 'x'.repeat(70_000));
    assert.equal(long.answer.status, 413, 'a long body is not read');
    const { username: sid } = key;
    assert.equal((await ask('DELETE', `${account}/Keys/${sid}.json`)).answer.status, 204);
    const { text } = await app.get('/metrics');
    assert.match(text, /refused_by_overload_total\{cause="account"\} 6/);
    assert.match(text, /requests_total\{operation="CreateMessage",status="429"\} 4/);
    slow.end();
    assert.equal((await create(app, login)).status, 201);
  });

  test('every operation of the API is refused when all send too much, but none that ends access', async () => {
    await using app = await testApp({ engine, config: REFUSE });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    const callers = Array.from({ length: MANY }, (_, at) => `caller ${at}`);
    const slow = slowServer(app);
    for (const kind of ['read', 'write'] as const) slow.fill(kind, callers);
    slow.last();
    const ending: string[] = [];
    for (const endpoint of ROUTES.endpoints) {
      const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
      const path = pathOf(endpoint, tenant);
      const reply = await app.request(endpoint.method, path, { login, ...(form && { form }) });
      if (!isShed(reply)) {
        ending.push(endpoint.id);
        assert.ok(reply.status < 500, `${endpoint.id}: ${reply.text}`);
        continue;
      }
      const { status, json, headers } = reply;
      assert.deepEqual([status, json.code], [503, 20503], endpoint.id);
      assert.equal(headers['tieline-reason'], 'overload="server"');
      assert.match(headers['retry-after'] ?? '', /^[123]$/);
    }
    assert.deepEqual(ending.toSorted(), ['DeleteKey', 'DeleteSigningKey', 'UpdateAccount']);
    assert.match(
      (await app.get('/metrics')).text,
      /refused_by_overload_total\{cause="server"\} \d/,
    );
  });

  test('pages, health, descriptions and control calls are answered', async () => {
    await using app = await testApp({ engine, config: REFUSE });
    const [heavy, customer] = [await app.anAccount(), await app.anAccount()];
    const connectApp = await app.aConnectApp(heavy);
    await app.aGrant(connectApp, customer);
    await ann(app);
    const browser = new Browser(app);
    const slow = slowServer(app);
    const callers = Array.from({ length: MANY }, (_, at) => `caller ${at}`);
    for (const kind of ['read', 'write'] as const) slow.fill(kind, callers);
    slow.last();
    assert.ok(isShed(await create(app, loginOf(customer))));
    const parties = { connect_app_sid: connectApp.sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', parties)).status, 200);
    assert.equal((await logIn(browser)).location, '/console');
    assert.equal((await app.get('/healthz')).status, 200);
    const asked: [string, string][] = [
      ...ROUTES.pages.list.map(({ path }): [string, string] => ['GET', path]),
      ...ROUTES.pages.list.map(({ path }): [string, string] => ['POST', path]),
      ...ROUTES.control.map(({ method, path }): [string, string] => [method, path]),
      ...ROUTES.assets.map(({ path }): [string, string] => ['GET', path]),
      ...['/readyz', '/metrics', '/openapi.json', '/docs'].map((path): [string, string] => [
        'GET',
        path,
      ]),
    ];
    for (const [method, path] of asked) {
      const reply = await app.request(method, path.replaceAll(/:\w+/g, 'x'));
      assert.ok(!isShed(reply), `${method} ${path}`);
      assert.notEqual(reply.status, 503, `${method} ${path}`);
    }
  });
});

onEveryEngine('a development server', (engine) => {
  test('refuses nothing, however late it is', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const slow = slowServer(app);
    slow.fill('write', [account.sid]);
    slow.last();
    assert.equal((await create(app, loginOf(account))).status, 201);
    assert.equal(slow.admission.underWay, MANY, 'and counts nothing');
  });
});

test('work waits until no turn of the event loop accepts a connection any more', async () => {
  let waiting = 12;
  let turns = 0;
  const arrivals = new Arrivals(async () => {
    turns += 1;
    if (waiting === 0) return;
    waiting -= 1;
    arrivals.note();
  });
  await arrivals.settle();
  assert.deepEqual([waiting, turns], [0, 13]);
  await arrivals.settle();
  assert.equal(turns, 14);
});
