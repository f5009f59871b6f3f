import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Ajv, type ErrorObject } from 'ajv';
import addFormats from 'ajv-formats';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { PAGING_PARAMETERS } from '../../src/http/paging.ts';
import { ROUTES } from '../../src/routes.ts';
import { aTenant, pathOf, type Tenant } from '../tenant.ts';
import { type Login, loginOf, onEveryEngine, type TestApp, testApp } from '../test-app.ts';
import { FORMS, type Form, neededBy } from './official-inputs.ts';
import { hasShared, readShared } from './support.ts';

/**
 * Where an answer of ours legitimately differs from the official description. Each one must be
 * met by the tests below, so that none outlives its reason.
 */
const DEVIATIONS: readonly {
  readonly about: RegExp;
  readonly keyword: string;
  /** Of fields that are not declared: which one. */
  readonly field?: string;
  readonly reason: string;
}[] = [
  {
    about: /^\/(first_page|next_page|previous_page)_uri$|^(\/countries\/\d+)?\/uri$/,
    keyword: 'format',
    reason:
      'The links of 2010 lists are declared as `uri`, and are relative in every official ' +
      'example, in seed 001 and in what the SDKs parse.',
  },
  {
    about: /^\/usage_records\/\d+\/price$/,
    keyword: 'type',
    reason:
      'The price of a usage record is declared as a number, and is a decimal string in every ' +
      'official example: a number would not carry an amount exactly.',
  },
  {
    about: /\/capabilities$/,
    keyword: 'additionalProperties',
    reason:
      'The capabilities are declared in lower case, and the SDK of Java reads `SMS` and `MMS`: ' +
      'both are there.',
  },
  {
    about: /^(\/incoming_phone_numbers\/\d+)?$/,
    keyword: 'additionalProperties',
    field: 'type',
    reason:
      'The type of a number is declared on the list of all numbers, and not on the lists of one ' +
      'type; a number looks the same in each.',
  },
  ...['type', 'enum'].map((keyword) => ({
    about: /^(\/usage_triggers\/\d+)?\/recurring$/,
    keyword,
    reason:
      'What does not recur is null in the official examples, and the declared enumeration ' +
      'leaves that out.',
  })),
];

/** Operations that the official description has on our paths and that we leave out. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  DeleteConnectApp: 'Seed 001: "HTTP DELETE: Not supported." It is answered with 405.',
};

type Json = Record<string, unknown>;

interface Operation {
  readonly operationId: string;
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly requestBody?: { readonly content: Record<string, { readonly schema: Json }> };
  readonly responses: Record<string, { readonly content?: Json }>;
}

interface Official {
  readonly document: string;
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
}

const DOCUMENTS = ['twilio_api_v2010.subset.json', 'twilio_voice_v1.subset.json'];
const FORM_BODY = 'application/x-www-form-urlencoded';

/**
 * An OpenAPI 3.0 schema as JSON Schema, and tightened: the official ones require nothing and
 * allow anything beside what they name, so that as they stand an empty object fits them all.
 */
function tightened(schema: unknown): unknown {
  if (Array.isArray(schema)) return schema.map(tightened);
  if (typeof schema !== 'object' || schema === null) return schema;
  const { nullable, ...rest } = schema as Json;
  const result = Object.fromEntries(
    Object.entries(rest).map(([key, value]) => [key, tightened(value)]),
  );
  if (result['type'] === 'object' && result['properties']) {
    result['required'] = Object.keys(result['properties']);
    result['additionalProperties'] = false;
  }
  if (nullable === true) {
    if (result['type'] !== undefined) result['type'] = [result['type'], 'null'];
    if (Array.isArray(result['enum'])) result['enum'] = [...result['enum'], null];
  }
  return result;
}

/** Formats that say what a text is, and not how it is written. */
const UNCHECKED_FORMATS = [
  'uri-map',
  'http-method',
  'currency',
  'iso-country-code',
  'phone-number',
  'phone-number-capabilities',
];

/**
 * Lists of numbers on offer are declared with the fields of pages, and none of their official
 * examples has one (contract §1.5).
 */
function withoutPages(id: string, responses: Operation['responses']): Operation['responses'] {
  if (!id.startsWith('ListAvailablePhoneNumber')) return responses;
  const text = JSON.stringify(responses, (name, value: unknown) =>
    /^(end|start|page|page_size|(first|next|previous)_page_uri)$/.test(name) ? undefined : value,
  );
  return JSON.parse(text) as Operation['responses'];
}

function readOfficial(): { ajv: Ajv; operations: Map<string, Official> } {
  // The documents around the schemas have keywords of OpenAPI, which strictness would refuse.
  const ajv = new Ajv({ strict: false, allErrors: true });
  addFormats.default(ajv);
  const rfc2822 = /^(Mon|Tue|Wed|Thu|Fri|Sat|Sun), \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d \+0000$/;
  ajv.addFormat('date-time-rfc-2822', rfc2822);
  for (const format of UNCHECKED_FORMATS) ajv.addFormat(format, true);

  const operations = new Map<string, Official>();
  for (const document of DOCUMENTS) {
    const { paths, components } = JSON.parse(readShared(`spec/openapi/${document}`)) as {
      paths: Record<string, Record<string, Operation>>;
      components: { schemas: Record<string, Json> };
    };
    for (const [path, methods] of Object.entries(paths)) {
      for (const [method, operation] of Object.entries(methods)) {
        if (typeof operation.operationId !== 'string') continue;
        operations.set(operation.operationId, { document, path, method, operation });
      }
    }
    // Only what our operations answer with: the rest names formats that are not registered.
    const served = ROUTES.endpoints.flatMap(({ id }) => {
      const official = operations.get(id);
      return official?.document === document
        ? [[id, withoutPages(id, official.operation.responses)]]
        : [];
    });
    const whole = { operations: Object.fromEntries(served), components };
    ajv.addSchema(tightened(whole) as Json, document);
  }
  return { ajv, operations };
}

/** A path without the names of its parameters, which differ, and without `.json`. */
const shapeOf = (path: string) => path.replaceAll(/\{\w+\}|:\w+/g, '*').replace(/\.json$/, '');

/** The requests that show every form an operation's answer can have. */
function requestsOf(endpoint: Endpoint, tenant: Tenant): [path: string, form?: Form][] {
  const path = pathOf(endpoint, tenant);
  if (endpoint.kind === 'list') return [[path], [`${path}?PageSize=1`], [`${path}?Page=1`]];
  if (endpoint.method !== 'POST') return [[path]];
  const named = 'FriendlyName' in endpoint.input.shape ? [{ FriendlyName: 'Named' }] : [];
  const forms = [{}, ...named, ...(FORMS[endpoint.id] ?? [])];
  return forms.map((form) => [path, { ...neededBy(endpoint), ...form }]);
}

if (hasShared) {
  const { ajv, operations } = readOfficial();
  const met = new Set<(typeof DEVIATIONS)[number]>();

  const isDeviation = ({ instancePath, keyword, params }: ErrorObject): boolean => {
    const known = DEVIATIONS.find(
      ({ about, field, ...one }) =>
        one.keyword === keyword &&
        about.test(instancePath) &&
        (field === undefined || field === params['additionalProperty']),
    );
    if (known) met.add(known);
    return known !== undefined;
  };

  const assertFits = (endpoint: Endpoint, body: unknown): void => {
    const { document } = operations.get(endpoint.id) as Official;
    const pointer = `operations/${endpoint.id}/${endpoint.status}/content/application~1json/schema`;
    const validate = ajv.getSchema(`${document}#/${pointer}`);
    assert.ok(validate, `${endpoint.id} has no official schema for ${endpoint.status}`);
    void validate(body);
    const wrong = (validate.errors ?? []).filter((error) => !isDeviation(error));
    assert.deepEqual(wrong, [], `${endpoint.id} answered ${JSON.stringify(body)}`);
  };

  const drive = async (app: TestApp, endpoint: Endpoint, tenant: Tenant, login: Login) => {
    for (const [path, form] of requestsOf(endpoint, tenant)) {
      const sent = { login, ...(form && { form }) };
      const { status, text } = await app.request(endpoint.method, path, sent);
      assert.equal(status, endpoint.status, `${endpoint.id}: ${text}`);
      if (status === 204) assert.equal(text, '');
      else assertFits(endpoint, JSON.parse(text));
    }
  };

  test('every operation is an official one, at its path, with its parameters', () => {
    for (const endpoint of ROUTES.endpoints) {
      const official = operations.get(endpoint.id);
      assert.ok(official, `${endpoint.id} is not an official operationId`);
      const { path, method, operation } = official;
      assert.equal(method.toUpperCase(), endpoint.method);
      assert.equal(shapeOf(path), shapeOf(endpoint.path));
      assert.ok(operation.responses[endpoint.status], `${endpoint.id}: ${endpoint.status}`);

      const form = operation.requestBody?.content[FORM_BODY]?.schema ?? {};
      const query = (operation.parameters ?? []).filter((one) => one.in === 'query');
      const names = [...Object.keys(form['properties'] ?? {}), ...query.map(({ name }) => name)];
      const expected = names.filter((name) => !PAGING_PARAMETERS.includes(name)).toSorted();
      assert.deepEqual(Object.keys(endpoint.input.shape).toSorted(), expected, endpoint.id);
      const required = Object.entries(endpoint.input.shape)
        .filter(([, field]) => !(field instanceof z.ZodOptional))
        .map(([name]) => name);
      assert.deepEqual(required, form['required'] ?? [], endpoint.id);
    }
  });

  test('on its paths nothing official is missing', () => {
    const served = new Set(ROUTES.endpoints.map(({ path }) => shapeOf(path)));
    const missing = [...operations]
      .filter(([, { path }]) => served.has(shapeOf(path)))
      .map(([id]) => id)
      .filter((id) => !ROUTES.endpoints.some((endpoint) => endpoint.id === id));
    assert.deepEqual(missing, Object.keys(LEFT_OUT));
  });

  onEveryEngine('the official OpenAPI describes every answer', (engine) => {
    test('to an account', async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      const login = loginOf(tenant.account);
      for (const endpoint of ROUTES.endpoints) {
        if (endpoint.kind !== 'delete') await drive(app, endpoint, tenant, login);
      }
      for (const endpoint of ROUTES.endpoints) {
        if (endpoint.kind !== 'delete') continue;
        const loser = await aTenant(app);
        await drive(app, endpoint, loser, loginOf(loser.account));
      }
    });

    test('to an account that has nothing', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      const tenant = { ...(await aTenant(app)), account };
      const lists = ROUTES.endpoints.filter(
        ({ kind, path }) => kind === 'list' && !/:(?!Account)\w+Sid/.test(path),
      );
      for (const endpoint of lists) await drive(app, endpoint, tenant, loginOf(account));
    });

    test('to a Connect app, which is shown no token', async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      const reads = ROUTES.endpoints.filter(({ id }) => /^(List|Fetch)Account$/.test(id));
      for (const endpoint of reads) await drive(app, endpoint, tenant, tenant.guest);
      const fetched = await app.get(
        `/2010-04-01/Accounts/${tenant.account.sid}.json`,
        tenant.guest,
      );
      assert.equal(fetched.json.auth_token, null);
    });
  });

  test('every deviation from the official OpenAPI is still one', () => {
    const stale = DEVIATIONS.filter((deviation) => !met.has(deviation));
    assert.deepEqual(stale, []);
  });
} else {
  console.log('– ../shared is absent: no answer is compared with the official OpenAPI');
}
