import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { openApiOf } from '../../src/http/parameters/fields.ts';
import { ROUTES } from '../../src/routes.ts';
import { testApp } from '../support/test-app.ts';
import { type Described, declared, fetchRaml, methodsOf, RAML_VERSIONS } from './raml-document.ts';

const FACETS = ['enum', 'pattern', 'minLength', 'maxLength', 'minimum', 'maximum'];
const PAGING = ['PageSize', 'Page', 'PageToken'];

// biome-ignore lint/suspicious/noExplicitAny: it is read field by field
// oxlint-disable-next-line typescript/no-explicit-any
type Node = Record<string, any>;

/** `GET /Accounts/{}` */
function nameOf({ method, path }: { method: string; path: string }, below: string): string {
  return `${method} ${path.slice(below.length).replaceAll(/:\w+/g, '{}')}`;
}

function namesOf(described: readonly Described[]): string[] {
  return described.map(({ name }) => name).toSorted();
}

/** The parameters of the form, in both versions. */
function formOf({ body }: Node): Node {
  const form = body['application/x-www-form-urlencoded'];
  return form.formParameters ?? form.properties;
}

function assertParameter(found: Node, field: z.ZodType, what: string): void {
  const schema = openApiOf(field);
  const isList = schema['type'] === 'array';
  const items = (schema['items'] ?? schema) as Node;
  const said = found['type'] === 'array' ? found['items'] : found;
  assert.equal(found['repeat'] === true || found['type'] === 'array', isList, what);
  assert.equal(said.type, items['type'], what);
  assert.equal(found['required'], !(field instanceof z.ZodOptional), what);
  for (const facet of FACETS) assert.deepEqual(said[facet], items[facet], `${what} ${facet}`);
}

/** Checks that a document and the route table agree about an endpoint. */
function assertDescribed(endpoint: Endpoint, { method, type }: Described, root: Node): void {
  const { id, input, kind, status, path, bytes } = endpoint;
  const isPost = endpoint.method === 'POST';
  const parameters: Node = (isPost ? formOf(method) : method['queryParameters']) ?? {};
  const paging = kind === 'list' ? PAGING : [];
  const names = [...Object.keys(input.shape), ...paging];
  assert.deepEqual(Object.keys(parameters), names, id);
  for (const [name, field] of Object.entries(input.shape)) {
    assertParameter(parameters[name], field, `${id} ${name}`);
  }
  assert.deepEqual(method['is'], isPost ? ['refusable', 'repeatable'] : ['refusable'], id);
  assert.equal('body' in method, isPost, id);

  assert.deepEqual(Object.keys(method['responses']), [String(status)], id);
  const answer = method['responses'][status].body?.['application/json'];
  const schemas = declared(root['schemas'] ?? root['types']);
  if (status === 204) assert.equal(answer, undefined, id);
  else assert.ok((answer.schema ?? answer.type) in schemas, id);

  const types = declared(root['resourceTypes']);
  const suffixes = type && types[type].uriParameters.mediaTypeExtension.enum;
  const { suffixes: own = [] } = bytes ?? {};
  const representations = ['.json', '.xml', '.csv'];
  const files = own.filter((suffix) => suffix !== '');
  if (path.startsWith('/v1/')) {
    assert.equal(suffixes, undefined, id);
    return;
  }
  assert.deepEqual(suffixes.slice(0, 3), representations, id);
  // An address has the suffixes that all its methods accept. GET and DELETE accept those of files.
  const isChanged = ROUTES.endpoints.some((one) => one.path === path && one.method === 'POST');
  if (bytes) assert.deepEqual(suffixes.slice(3), isChanged ? [] : files, id);
}

suite('the descriptions in RAML, beside the route table', () => {
  for (const version of RAML_VERSIONS) {
    test(`describe every endpoint correctly in RAML ${version}, and nothing else`, async () => {
      await using app = await testApp({ engine: 'memory' });
      let count = 0;
      for (const document of ['2010-04-01', 'v1']) {
        const below = `/${document}`;
        const endpoints = ROUTES.endpoints.filter(({ path }) => path.startsWith(`${below}/`));
        const { root } = await fetchRaml(app, document, version);
        assert.equal(root['version'], document);
        const described = methodsOf(root);
        const expected = endpoints.map((endpoint) => nameOf(endpoint, below)).toSorted();
        assert.deepEqual(namesOf(described), expected);
        const byName = new Map(described.map((one) => [one.name, one]));
        for (const endpoint of endpoints) {
          const found = byName.get(nameOf(endpoint, below));
          assert.ok(found, endpoint.id);
          assertDescribed(endpoint, found, root);
        }
        count += endpoints.length;
      }
      assert.equal(count, ROUTES.endpoints.length);
    });

    test(`describe the served control API in RAML ${version}`, async () => {
      const below = '/_tieline';
      const opsNetworks = ['127.0.0.1'];
      for (const mode of ['development', 'production'] as const) {
        await using app = await testApp({ engine: 'memory', config: { mode, opsNetworks } });
        const { root } = await fetchRaml(app, 'tieline', version);
        const served = ROUTES.control.filter(
          ({ development_only }) => mode === 'development' || !development_only,
        );
        const described = methodsOf(root);
        const expected = served.map((endpoint) => nameOf(endpoint, below)).toSorted();
        assert.deepEqual(namesOf(described), expected);
        const without = mode === 'development' ? [null, 'operator'] : ['operator'];
        assert.deepEqual(root['securedBy'], without);
        const schemas = declared(root['schemas'] ?? root['types']);
        for (const { id, output, status, method, path } of served) {
          const name = nameOf({ method, path }, below);
          const found = described.find((one) => one.name === name)?.method ?? {};
          const answer = found['responses'][status].body?.['application/json'];
          assert.equal(answer?.schema ?? answer?.type, output ? `${id}Result` : undefined, id);
          if (output) assert.ok(`${id}Result` in schemas);
        }
      }
    });
  }

  test('name a path parameter after its resource', async () => {
    await using app = await testApp({ engine: 'memory' });
    const seen = new Set<string>();
    for (const document of ['2010-04-01', 'v1', 'tieline']) {
      const { root } = await fetchRaml(app, document, '0.8');
      for (const { path } of methodsOf(root)) {
        const names = [...path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
        assert.equal(new Set(names).size, names.length, `${path} has one name twice`);
        for (const name of names) seen.add(name);
      }
    }
    assert.deepEqual([...seen].toSorted(), [
      'AccountSid',
      'ByocTrunkSid',
      'CallSid',
      'ConnectAppSid',
      'ConnectionPolicySid',
      'ConnectionPolicyTargetSid',
      'DeliverySid',
      'FaultId',
      'IncomingPhoneNumberSid',
      'IsoCountryCode',
      'KeySid',
      'MediaSid',
      'MessageSid',
      'RecordingSid',
      'SigningKeySid',
      'SnapshotName',
      'TranscriptionSid',
      'UsageTriggerSid',
    ]);
  });

  test('have the input of control API calls: JSON or a query', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { root } = await fetchRaml(app, 'tieline', '0.8');
    const byName = new Map(methodsOf(root).map((one) => [one.name, one.method]));
    const { body } = byName.get('POST /connect_apps') ?? {};
    const schemas = declared(root['schemas']);
    const schema = JSON.parse(schemas[body['application/json'].schema]);
    assert.ok('permissions' in schema.properties);
    assert.equal(schema.$schema, 'http://json-schema.org/draft-04/schema#');
    const { queryParameters } = byName.get('GET /deliveries') ?? {};
    assert.ok(queryParameters.state.enum.includes('dead'));
    assert.ok(!('body' in (byName.get('POST /reset') ?? {})));
  });
});
