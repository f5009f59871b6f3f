import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { suite, test } from 'node:test';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import { generate } from 'openapi-typescript-codegen';
import { ROUTES } from '../../src/routes.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

// biome-ignore lint/suspicious/noExplicitAny: tests read it field by field
// oxlint-disable-next-line typescript/no-explicit-any
type Node = Record<string, any>;

/** The linter's own recommendations, and the rules that generated clients depend on. */
const RULES: Parameters<typeof createConfig>[0] = {
  extends: ['recommended'],
  rules: {
    'no-server-example.com': 'off',
    'operation-description': 'error',
    'operation-operationId': 'error',
    'operation-operationId-unique': 'error',
    'operation-tag-defined': 'error',
    'operation-singular-tag': 'error',
    'tag-description': 'error',
  },
};

/** The schema of a parameter, with its reference resolved. */
function ruleOf(document: Node, { $ref, ...schema }: Node): Node {
  const [, name = ''] = /^#\/components\/schemas\/(\w+)$/.exec($ref ?? '') ?? [];
  return $ref ? document['components'].schemas[name] : schema;
}

/** Values that only a very loose rule accepts. */
const STRANGE = ['zebra!', '-x-', '1e3', '2026-99', 'AC1', '${x}', '12,5', 'sip', '０'];

function keepsTo(rule: Node, value: string): boolean {
  if (rule['enum']) return rule['enum'].includes(value);
  return rule['pattern'] === undefined || new RegExp(rule['pattern'], 'u').test(value);
}

suite('/openapi.json, for tools', () => {
  test('passes a linter, and has tags and descriptions everywhere', async () => {
    const adminToken = 'k3WzQm7pXr9TgB2nYc5Vh8LdFs4Jt6Ra';
    const operator = { authorization: `Bearer ${adminToken}` };
    for (const [mode, headers] of [
      ['development', {}],
      ['production', {}],
      ['production', operator],
    ] as const) {
      await using app = await testApp({ engine: 'memory', config: { mode, adminToken } });
      const { text: source } = await app.request('GET', '/openapi.json', { headers });
      const config = await createConfig(RULES);
      const found = await lintFromString({ source, absoluteRef: '/openapi.json', config });
      assert.deepEqual(
        found.map(({ ruleId, message, location }) => [ruleId, message, location[0]?.pointer]),
        [],
      );
    }
  });

  test('makes a client with a class for each tag, which compiles', async () => {
    await using app = await testApp({ engine: 'memory' });
    using folder = temporaryFolder();
    const { json } = await app.get('/openapi.json');
    // The generator would give `StartTime`, `StartTime<` and `StartTime>` one and the same name.
    for (const item of Object.values<Node>(json.paths)) {
      for (const operation of Object.values<Node>(item)) {
        operation['parameters'] = (operation['parameters'] ?? []).filter(
          ({ name = '' }) => !/[<>]$/.test(name),
        );
      }
    }
    const output = folder.at('client');
    await generate({ input: json, output, clientName: 'Tieline', useOptions: true });
    const compilerOptions = {
      noEmit: true,
      strict: true,
      skipLibCheck: true,
      target: 'es2022',
      module: 'esnext',
      moduleResolution: 'bundler',
      lib: ['es2022', 'dom', 'dom.iterable'],
      types: [],
    };
    const settings = { compilerOptions, include: ['client/**/*.ts'] };
    writeFileSync(folder.at('tsconfig.json'), JSON.stringify(settings));
    execFileSync('npx', ['tsc', '-p', folder.at('tsconfig.json')], { stdio: 'pipe' });

    const services = readdirSync(`${output}/services`);
    const tags = json.tags.map(({ name }: { name: string }) => name.toLowerCase());
    assert.deepEqual(
      services.map((name) => name.replace('Service.ts', '').toLowerCase()).toSorted(),
      tags.toSorted(),
    );
    const calls = readFileSync(`${output}/services/CallsService.ts`, 'utf8');
    assert.match(calls, /export class CallsService/);
    assert.match(calls, /public createCall\(/);
  });

  test('names long enumerations once', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { json, text } = await app.get('/openapi.json');
    const { UsageCategory } = json.components.schemas;
    assert.ok(UsageCategory.enum.includes('sms-outbound'));
    assert.equal(text.match(/"sms-outbound-longcode"/g)?.length, 2, 'with and without the sum');
  });
});

/** A request to an operation with a value in one of its parameters. */
function sendWith(app: TestApp, path: string, form: Node | null, login: Node) {
  const sent = { login: login as Parameters<TestApp['get']>[1] };
  if (!form) return app.request('GET', path, sent);
  return app.request('POST', path, { ...sent, form: form as Record<string, string> });
}

onEveryEngine('the rules of /openapi.json', (engine) => {
  test('are the server’s own: a value outside a pattern or an enumeration gets 400', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const login = loginOf(tenant.account);
    const { json: document } = await app.get('/openapi.json');
    let rules = 0;
    const taken: string[] = [];
    for (const endpoint of ROUTES.endpoints) {
      const template = endpoint.path.replaceAll(/:(\w+)/g, '{$1}');
      const item = document.paths[template] ?? document.paths[`${template}.json`];
      const { parameters = [], requestBody } = item[endpoint.method.toLowerCase()];
      const query = parameters.filter(({ in: place }: Node) => place === 'query');
      const form = requestBody?.content['application/x-www-form-urlencoded'].schema.properties;
      const fields: [string, Node][] = form
        ? Object.entries(form)
        : query.map(({ name, schema }: Node) => [name, schema]);
      for (const [name, described] of fields) {
        const rule = ruleOf(document, described);
        if (!rule['pattern'] && !rule['enum']) continue;
        const broken = STRANGE.filter((value) => !keepsTo(rule, value));
        assert.ok(broken.length > 0, `${endpoint.id}: ${name} takes anything`);
        rules += 1;
        for (const value of broken) {
          const path = pathOf(endpoint, tenant);
          const asked = form
            ? path
            : `${path}?${new URLSearchParams({ [name]: value }).toString()}`;
          const given = form ? { ...validForm(endpoint), [name]: value } : null;
          const reply = await sendWith(app, asked, given, login);
          if (reply.status !== 400) taken.push(`${endpoint.id}: ${name}=${value}: ${reply.status}`);
        }
      }
    }
    assert.deepEqual(taken, []);
    assert.ok(rules > 100, `${rules} rules`);
  });

  test('allow the values that SDKs write', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const { json: document } = await app.get('/openapi.json');
    const path = '/2010-04-01/Accounts/{AccountSid}';
    const taken: [path: string, name: string, values: readonly string[]][] = [
      [
        '/Usage/Records.json',
        'StartDate',
        ['2026-03-18', '-30days', '+1day', '2026-03-18T00:00:00Z'],
      ],
      ['/Usage/Records.json', 'Category', ['sms', 'totalprice']],
      ['/Usage/Triggers.json', 'UsageCategory', ['calls']],
      [
        '/Calls.json',
        'StartTime>',
        ['2026-03-18', '2026-03-18T10:00:00Z', '2026-03-18T10:00:00+01:00'],
      ],
    ];
    for (const [below, name, values] of taken) {
      const { parameters } = document.paths[path + below].get;
      const { schema } = parameters.find((one: Node) => one['name'] === name);
      for (const value of values) {
        assert.ok(keepsTo(ruleOf(document, schema), value), `${name}=${value}`);
        const at = `${path.replace('{AccountSid}', account.sid)}${below}`;
        const reply = await app.get(
          `${at}?${new URLSearchParams({ [name]: value }).toString()}`,
          loginOf(account),
        );
        assert.equal(reply.status, 200, reply.text);
      }
    }
  });

  test('hold for the control API as well', async () => {
    await using app = await testApp({ engine });
    const account_sid = (await app.anAccount()).sid;
    const rate = { category: 'sms', per: 'count', price: '0.01' };
    const event = { account_sid, category: 'sms', key: 'one', count: 1 };
    const requests: [path: string, valid: Node, field: string, broken: unknown][] = [
      ['/rates', rate, 'per', 'minute'],
      ['/rates', rate, 'category', 'totalprice'],
      ['/rates', rate, 'price', '-1'],
      ['/rates', rate, 'from', '1 March'],
      ['/usage', event, 'account_sid', 'AC1'],
      ['/usage', event, 'category', 'pigeons'],
      ['/usage', event, 'usage', '1,5'],
      ['/usage', event, 'at', 'yesterday'],
      [`/accounts/${account_sid}/balance`, { amount: '1', reason: 'x', key: 'y' }, 'amount', '1e3'],
    ];
    for (const [path, valid, field, broken] of requests) {
      const refused = await app.control('POST', path, { ...valid, [field]: broken });
      assert.equal(refused.status, 400, `${path} ${field}`);
      assert.ok(refused.json.error.includes(field), refused.json.error);
      assert.equal((await app.control('POST', path, valid)).status, 200, path);
    }
    const { json } = await app.get('/openapi.json');
    const { schema } = json.paths['/_tieline/rates'].post.requestBody.content['application/json'];
    assert.deepEqual(schema.properties.per.enum, ['count', 'usage']);
    assert.deepEqual(schema.properties.category, {
      $ref: '#/components/schemas/MeteredUsageCategory',
    });
    assert.equal(schema.properties.from.format, 'date');
  });
});
