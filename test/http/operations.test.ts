import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Validator } from '@seriousme/openapi-schema-validator';
import { POLICY } from '../../src/access/policy.ts';
import { ROUTES } from '../../src/routes.ts';
import { basic, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('operations', (engine) => {
  test('/healthz, /readyz and /metrics show the state of the server', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    assert.equal((await app.get('/healthz')).text, 'ok\n');
    assert.equal((await app.get('/readyz')).status, 200);
    await app.get(`/2010-04-01/Accounts/${account.sid}.json`, loginOf(account));
    const { text, headers } = await app.get('/metrics');
    assert.match(headers['content-type'] ?? '', /^text\/plain/);
    assert.match(text, /tieline_http_requests_total\{operation="FetchAccount",status="200"\} 1/);
    assert.match(text, /process_resident_memory_bytes/);
    assert.ok(!text.includes(account.sid), 'a label names an account');
  });

  test('the log names requests, and never a secret', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    await app.get(`${path}?Secret=CANARY-query`, loginOf(account));
    await app.post(path, loginOf(account), { FriendlyName: 'CANARY-body' });
    await app.get(path, { username: account.sid, password: 'CANARY-password' });
    app.app.log.error({ auth_token: 'CANARY-field', nested: { password: 'CANARY-deep' } }, 'oops');
    const log = app.logLines.join('');
    assert.match(log, new RegExp(`"method":"GET","route":"[^"]+","path":"${path}","status":200`));
    assert.ok(!log.includes('CANARY'), log);
    assert.ok(!log.includes(account.auth_token));
    assert.ok(!log.includes(basic(loginOf(account))));
  });
});

suite('every answer', () => {
  test('carries the documented headers, refusals and unknown paths included', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    const login = loginOf(account);
    const replies = [
      await app.get(`/2010-04-01/Accounts/${account.sid}.json`, login),
      await app.get('/v1/ByocTrunks', login),
      await app.get('/2010-04-01/Accounts'),
      await app.request('PUT', '/v1/ByocTrunks', { login }),
      await app.get('/nowhere'),
    ];
    for (const { headers } of replies) {
      assert.match(headers['twilio-request-id'] ?? '', /^RQ[0-9a-f]{32}$/);
      assert.match(headers['twilio-request-duration'] ?? '', /^\d+\.\d{3}$/);
      assert.equal(headers['twilio-concurrent-requests'], '1');
      assert.equal(headers['access-control-allow-origin'], '*');
      assert.equal(headers['access-control-expose-headers'], 'ETag');
      assert.equal(headers['access-control-allow-credentials'], 'true');
      assert.equal(headers['strict-transport-security'], undefined);
    }
  });

  test('has its duration, for the client and in the metrics', async () => {
    await using app = await testApp({ engine: 'memory' });
    const account = await app.anAccount();
    await app.control('POST', '/faults', { delay: 60 });
    const path = `/2010-04-01/Accounts/${account.sid}.json`;
    const { headers } = await app.get(path, loginOf(account));
    assert.ok(Number(headers['twilio-request-duration']) >= 0.06);
    const { text } = await app.get('/metrics');
    const sum = /duration_seconds_sum\{operation="FetchAccount"\} (\S+)/.exec(text)?.[1];
    assert.ok(Number(sum) >= 0.06, text);
  });

  test('names the address that the client used, or the public address', async () => {
    await using app = await testApp({ engine: 'memory' });
    const login = loginOf(await app.anAccount());
    const headers = { host: 'voice.twilio.com:4010' };
    const { json } = await app.request('POST', '/v1/ByocTrunks', { login, headers, form: {} });
    assert.equal(json.url, `http://voice.twilio.com:4010/v1/ByocTrunks/${json.sid}`);
    const strange = await app.request('GET', '/v1/ByocTrunks', {
      login,
      headers: { host: 'a b"' },
    });
    assert.equal(strange.status, 421);
    assert.doesNotMatch(strange.text, /a b/);

    const publicUrl = 'https://api.example.com';
    await using published = await testApp({ engine: 'memory', config: { publicUrl } });
    const other = loginOf(await published.anAccount());
    const reply = await published.request('GET', '/v1/ByocTrunks', { login: other, headers });
    assert.equal(reply.json.meta.url, `${publicUrl}/v1/ByocTrunks?PageSize=50&Page=0`);
    assert.equal(reply.headers['strict-transport-security'], 'max-age=31536000; includeSubDomains');
  });
});

suite('/openapi.json', () => {
  test('is valid OpenAPI 3.1 and describes every route with its allowed callers', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { json } = await app.get('/openapi.json');
    const { valid, errors } = await new Validator().validate(structuredClone(json));
    assert.ok(valid, JSON.stringify(errors));
    assert.equal(json.openapi, '3.1.0');
    for (const { id, path, method, operation } of ROUTES.endpoints) {
      const template = path.replaceAll(/:(\w+)/g, '{$1}');
      const described = json.paths[path.startsWith('/v1') ? template : `${template}.json`];
      const found = described[method.toLowerCase()];
      assert.equal(found.operationId, id);
      assert.deepEqual(found['x-tieline-access'], POLICY[operation]);
    }
    assert.deepEqual(json.components.schemas.ConnectApp.required.length, 11);
    assert.ok('secret' in json.components.schemas.NewKey.properties);
    assert.ok(!('secret' in json.components.schemas.Key.properties));
  });

  test('says of every POST that it may be repeated with an Idempotency-Key', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { json } = await app.get('/openapi.json');
    const { name, in: place, schema } = json.components.parameters.IdempotencyKey;
    assert.deepEqual([name, place], ['Idempotency-Key', 'header']);
    const pattern = new RegExp(schema.pattern);
    for (const key of ['x', 'x'.repeat(128)]) assert.match(key, pattern);
    for (const key of ['', 'x'.repeat(129), 'two words']) assert.doesNotMatch(key, pattern);
    const reference = { $ref: '#/components/parameters/IdempotencyKey' };
    for (const { method, path } of ROUTES.endpoints) {
      const template = path.replaceAll(/:(\w+)/g, '{$1}');
      const described = json.paths[path.startsWith('/v1') ? template : `${template}.json`];
      const { parameters = [], responses } = described[method.toLowerCase()];
      const named = parameters.filter(({ $ref }: { $ref?: string }) => $ref === reference.$ref);
      assert.deepEqual(named, method === 'POST' ? [reference] : [], `${method} ${path}`);
      const conflict = responses['409']?.content['application/json'].schema.$ref;
      assert.equal(conflict, method === 'POST' ? '#/components/schemas/Error' : undefined);
    }
  });

  test('omits in production the routes that do not exist there', async () => {
    const adminToken = 'k3WzQm7pXr9TgB2nYc5Vh8LdFs4Jt6Ra';
    await using app = await testApp({
      engine: 'memory',
      config: { mode: 'production', adminToken },
    });
    const read = async (headers: Record<string, string>) =>
      (await app.request('GET', '/openapi.json', { headers })).json;
    const own = await read({ authorization: `Bearer ${adminToken}` });
    assert.ok('/_tieline/accounts' in own.paths);
    assert.ok(!('/_tieline/reset' in own.paths));
    // Other callers get no description of the control API.
    assert.doesNotMatch(JSON.stringify(await read({})), /_tieline|ControlError|bearer/);
  });
});
