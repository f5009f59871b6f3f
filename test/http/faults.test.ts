import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import twilio from 'twilio';
import { MAX_FAULTS } from '../../src/http/faults.ts';
import { digestOfData } from '../support/digest.ts';
import {
  basic,
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const POLICIES = '/v1/ConnectionPolicies';

/** The official SDK with this server. */
function sdkFor(origin: string, { sid, auth_token }: TestAccount, options: twilio.ClientOpts) {
  const client = twilio(sid, auth_token, options);
  client.api.baseUrl = origin;
  return client;
}

async function aFault(app: TestApp, rule: object) {
  const reply = await app.control('POST', '/faults', rule);
  assert.equal(reply.status, 201, reply.text);
  return reply.json;
}

async function faultsOf(app: TestApp) {
  return (await app.control('GET', '/faults')).json.faults;
}

/** Whether the other side closed the connection without sending a byte. */
function isCut({ cause }: Error): boolean {
  const { code, socket } = cause as { code?: string; socket?: { bytesRead: number } };
  return code === 'UND_ERR_SOCKET' && socket?.bytesRead === 0;
}

onEveryEngine('a connection that is cut', (engine) => {
  test('before the write leaves nothing, after it leaves the write, and a key makes the repeat safe', async () => {
    await using app = await testApp({ engine });
    const login = loginOf(await app.anAccount());
    const origin = await app.listen();
    const create = (key: string) =>
      fetch(origin + POLICIES, {
        method: 'POST',
        headers: { authorization: basic(login), 'idempotency-key': key },
        body: new URLSearchParams({ FriendlyName: key }),
      });
    const names = async () => {
      const { json } = await app.get(POLICIES, login);
      return json.connection_policies.map(
        ({ friendly_name }: { friendly_name: string }) => friendly_name,
      );
    };
    const untouched = await digestOfData(app.app);
    await aFault(app, { match: `POST ${POLICIES}`, cut: 'before', times: 1 });
    await assert.rejects(create('one'), isCut);
    assert.equal(await digestOfData(app.app), untouched);

    await aFault(app, { match: `POST ${POLICIES}`, cut: 'after', times: 1 });
    await assert.rejects(create('one'), isCut);
    assert.deepEqual(await names(), ['one'], 'it was done, and nobody was told');
    const done = await digestOfData(app.app);
    const again = await create('one');
    assert.equal(again.status, 201);
    assert.equal(again.headers.get('tieline-fault'), null);
    assert.equal(await digestOfData(app.app), done, 'a repeat does nothing');
    assert.deepEqual(
      (await faultsOf(app)).map(({ matched, struck }: Record<string, number>) => [matched, struck]),
      [
        [1, 1],
        [1, 1],
      ],
    );
    const metrics = (await app.get('/metrics')).text;
    assert.match(metrics, /tieline_http_requests_in_flight 1\n/, 'the one that asks');
  });
});

suite('a fault', () => {
  test('with status 429 makes an SDK try again', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const origin = await app.listen();
    const path = `/2010-04-01/Accounts/*/Keys.json`;
    await aFault(app, { match: { method: 'POST', path }, status: 429, times: 2 });
    const impatient = sdkFor(origin, account, { autoRetry: false });
    await assert.rejects(impatient.newKeys.create(), (error) => {
      assert.ok(error instanceof twilio.RestException);
      assert.deepEqual(
        [error.status, error.code, error.message],
        [429, 20429, 'Too Many Requests'],
      );
      return true;
    });
    const patient = sdkFor(origin, account, { autoRetry: true, maxRetries: 3 });
    const key = await patient.newKeys.create();
    assert.match(key.sid, /^SK/);
    assert.equal((await patient.keys.list()).length, 1, 'what was refused was not done');
    const [{ struck, matched }] = await faultsOf(app);
    assert.deepEqual([struck, matched], [2, 2], 'spent faults let everything by');
  });

  test('answers as documented, in the format of the path, before authentication', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const path = `/2010-04-01/Accounts/${account.sid}`;
    const before = await digestOfData(app.app);
    for (const [status, code, message, retry] of [
      [400, 20001, 'Bad Request'],
      [401, 20003, 'Authenticate'],
      [403, 20403, 'Forbidden'],
      [404, 20404, `The requested resource ${path}.json was not found`],
      [405, 20004, 'Method Not Allowed'],
      [429, 20429, 'Too Many Requests', '1'],
      [500, 20500, 'Internal Server Error'],
      [502, 20502, 'Bad Gateway'],
      [503, 20503, 'Service Unavailable', '1'],
      [599, 20599, 'Error'],
    ] as const) {
      const { id } = await aFault(app, { status });
      const reply = await app.post(`${path}.json`, undefined, { FriendlyName: 'x' });
      const more_info = `https://www.twilio.com/docs/errors/${code}`;
      assert.deepEqual([reply.status, reply.json], [status, { code, message, more_info, status }]);
      assert.equal(reply.headers['retry-after'], retry);
      assert.equal(reply.headers['tieline-fault'], id);
      assert.match(reply.headers['twilio-request-id'] ?? '', /^RQ/);
      const xml = await app.post(path, undefined, {});
      assert.match(xml.text, new RegExp(`<RestException><Code>${code}</Code>`));
      await app.control('DELETE', `/faults/${id}`);
    }
    assert.equal(await digestOfData(app.app), before);
    const reply = await app.get(`${path}.json`, loginOf(account));
    assert.equal(reply.status, 200);
    assert.equal(reply.headers['tieline-fault'], undefined);
  });

  test('delays a request before it is done or refused', async () => {
    await using app = await testApp({ engine: 'memory' });
    const login = loginOf(await app.anAccount());
    const { id, delay } = await aFault(app, { delay: '20ms', times: 1 });
    assert.equal(delay, 20);
    const late = await app.post(POLICIES, login, {});
    assert.deepEqual([late.status, late.headers['tieline-fault']], [201, id]);
    assert.equal((await aFault(app, { delay: '2s' })).delay, 2_000);
    await app.control('DELETE', '/faults');
    assert.equal((await aFault(app, { delay: 5, status: 500 })).delay, 5);
    assert.equal((await app.post(POLICIES, login, {})).status, 500);

    await app.control('DELETE', '/faults');
    await aFault(app, { delay: '60s' });
    const waiting = app.post(POLICIES, login, {});
    while ((await faultsOf(app))[0].struck === 0) await nextTurn();
    await app.server.close();
    assert.equal((await waiting).status, 201, 'a server that closes waits for nothing');
  });

  test('strikes the same requests for the same seed and probability', async () => {
    await using app = await testApp({ engine: 'memory' });
    const login = loginOf(await app.anAccount());
    const run = async (rule: object): Promise<string> => {
      await aFault(app, { status: 503, ...rule });
      let course = '';
      for (let count = 0; count < 60; count += 1) {
        course += (await app.get(POLICIES, login)).status === 503 ? 'x' : '.';
      }
      await app.control('DELETE', '/faults');
      return course;
    };
    const first = await run({ probability: 0.3, seed: 7 });
    const struck = first.replaceAll('.', '').length;
    assert.ok(struck > 8 && struck < 30, first);
    assert.equal(await run({ probability: 0.3, seed: 7 }), first);
    assert.notEqual(await run({ probability: 0.3, seed: 8 }), first);
    assert.equal(await run({ probability: 0.3 }), await run({ probability: 0.3, seed: 0 }));
    const spent = await run({ probability: 0.3, seed: 7, times: 2 });
    assert.equal(spent.replaceAll('.', ''), 'xx');
    assert.equal(spent.lastIndexOf('x'), first.indexOf('x', first.indexOf('x') + 1));
  });

  test('strikes in its order, and only on the API', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const login = loginOf(account);
    await aFault(app, { match: 'GET /v1/*', status: 500, times: 1 });
    await aFault(app, { match: '/v1/**', status: 502, times: 1 });
    await aFault(app, { status: 503 });
    const policy = `${POLICIES}/NY${'0'.repeat(32)}`;
    const statusOf = async (method: string, path: string) =>
      (await app.request(method, path, { login })).status;
    assert.equal(await statusOf('GET', policy), 502, '* ends at a slash');
    assert.equal(await statusOf('GET', `${POLICIES}/`), 500, 'with a closing slash or without');
    assert.equal(await statusOf('GET', POLICIES), 503);
    assert.equal(await statusOf('GET', '/2010-04-01/nowhere'), 503);
    assert.equal(await statusOf('PUT', POLICIES), 503);
    const local = `/2010-04-01/Accounts/${account.sid}/IncomingPhoneNumbers/Local.json`;
    assert.equal(await statusOf('DELETE', local), 503);
    const [, , { matched }] = await faultsOf(app);
    assert.equal(matched, 4, 'a request is asked about once');
    for (const path of ['/healthz', '/openapi.json', '/login', '/demo', '/_tieline/clock', '/']) {
      assert.ok((await statusOf('GET', path)) < 500, path);
    }
    assert.equal(await statusOf('OPTIONS', POLICIES), 204);

    await app.control('DELETE', '/faults');
    await aFault(app, { match: `/2010-04-01/Accounts/*/Keys.json`, status: 500 });
    const keys = `/2010-04-01/Accounts/${account.sid}/Keys`;
    assert.deepEqual(
      await Promise.all([
        statusOf('GET', `${keys}.json`),
        statusOf('GET', `${keys}.json?PageSize=1`),
        statusOf('GET', `${keys}xjson`),
        statusOf('GET', `${keys}.xml`),
      ]),
      [500, 500, 404, 200],
    );
    await aFault(app, { match: `/2010-04-01/Accounts/*/Keys`, status: 502 });
    assert.equal(await statusOf('GET', `${keys}.csv`), 502, 'without its suffix it fits them all');
  });

  test('is removed by itself, with all others, by a reset and by a restore', async () => {
    await using app = await testApp({ engine: 'memory' });
    const ids = async () => (await faultsOf(app)).map(({ id }: { id: string }) => id);
    const [one, two] = [await aFault(app, { status: 500 }), await aFault(app, { cut: 'after' })];
    assert.deepEqual(one, {
      id: one.id,
      match: { method: null, path: null },
      status: 500,
      delay: 0,
      cut: null,
      times: null,
      probability: 1,
      seed: 0,
      matched: 0,
      struck: 0,
    });
    assert.deepEqual(await ids(), [one.id, two.id]);
    assert.equal((await app.control('DELETE', `/faults/${one.id}`)).status, 204);
    assert.deepEqual(await ids(), [two.id]);
    const gone = await app.control('DELETE', `/faults/${one.id}`);
    assert.deepEqual([gone.status, gone.json.error], [404, `There is no fault ${one.id}.`]);
    await app.control('POST', '/snapshots', { name: 'a' });
    for (const [method, path] of [
      ['DELETE', '/faults'],
      ['POST', '/reset'],
      ['POST', '/snapshots/a/restore'],
    ] as const) {
      await aFault(app, { status: 500 });
      assert.equal((await app.control(method, path)).status, 204);
      assert.deepEqual(await ids(), []);
    }
    for (let count = 0; count < MAX_FAULTS; count += 1) await aFault(app, { status: 500 });
    const refused = await app.control('POST', '/faults', { status: 500 });
    assert.equal(refused.status, 409);
    assert.match(refused.json.error, /^There are 100 faults: remove some with DELETE/);
  });
});
