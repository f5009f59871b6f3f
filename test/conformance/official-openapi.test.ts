import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { PAGING_PARAMETERS } from '../../src/http/parameters/paging.ts';
import { ROUTES } from '../../src/routes.ts';
import { aService } from '../support/messages.ts';
import { aTenant, pathOf, type Tenant } from '../support/tenant.ts';
import { type Login, loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { readOfficial } from './official.ts';
import { FORMS, type Form, neededBy } from './official-inputs.ts';
import { hasShared } from './shared.ts';

/** The endpoints without the absent lists, which are always empty and take no parameters. */
const ENDPOINTS = ROUTES.endpoints.filter(({ absent }) => !absent);

/** Operations of the official description, on paths of this server, that this server lacks. */
const LEFT_OUT: Readonly<Record<string, string>> = {
  DeleteConnectApp: 'Twilio’s page docs/iam/connect-apps/api says that it is not supported: 405.',
};

const FORM_BODY = 'application/x-www-form-urlencoded';

/** A path without `.json` and without the names of its parameters, because those differ. */
const shapeOf = (path: string) => path.replaceAll(/\{\w+\}|:\w+/g, '*').replace(/\.json$/, '');

/** Requests whose answers show every form of an operation's answer. */
function requestsOf(endpoint: Endpoint, tenant: Tenant): [path: string, form?: Form][] {
  const path = pathOf(endpoint, tenant);
  if (endpoint.kind === 'list') return [[path], [`${path}?PageSize=1`], [`${path}?Page=1`]];
  if (endpoint.method !== 'POST') return [[path]];
  const named = 'FriendlyName' in endpoint.input.shape ? [{ FriendlyName: 'Named' }] : [];
  const forms = [{}, ...named, ...(FORMS[endpoint.id] ?? [])];
  return forms.map((form) => [path, { ...neededBy(endpoint), ...form }]);
}

if (hasShared) {
  const { operations, assertFits, unmet } = readOfficial();

  const drive = async (app: TestApp, endpoint: Endpoint, tenant: Tenant, login: Login) => {
    for (const [path, form] of requestsOf(endpoint, tenant)) {
      const sent = { login, ...(form && { form }) };
      const { status, text } = await app.request(endpoint.method, path, sent);
      assert.equal(status, endpoint.status, `${endpoint.id}: ${text}`);
      if (status === 204) assert.equal(text, '');
      else assertFits(endpoint.id, status, JSON.parse(text));
    }
  };

  test('every operation is an official one, at its path, with its parameters', () => {
    for (const endpoint of ENDPOINTS) {
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

  test('no official operation is missing on its paths', () => {
    const served = new Set(ENDPOINTS.map(({ path }) => shapeOf(path)));
    const missing = [...operations]
      .filter(([, { path }]) => served.has(shapeOf(path)))
      .map(([id]) => id)
      .filter((id) => !ENDPOINTS.some((endpoint) => endpoint.id === id));
    assert.deepEqual(missing, Object.keys(LEFT_OUT));
  });

  onEveryEngine('the official OpenAPI describes every answer', (engine) => {
    test('to an account', async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      await aService(app, tenant.account);
      const login = loginOf(tenant.account);
      for (const endpoint of ENDPOINTS) {
        if (endpoint.kind !== 'delete') await drive(app, endpoint, tenant, login);
      }
      for (const endpoint of ENDPOINTS) {
        if (endpoint.kind !== 'delete') continue;
        const loser = await aTenant(app);
        await drive(app, endpoint, loser, loginOf(loser.account));
      }
    });

    test('to an empty account', async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      const tenant = { ...(await aTenant(app)), account };
      const lists = ENDPOINTS.filter(
        ({ kind, path }) => kind === 'list' && !/:(?!Account)\w+Sid/.test(path),
      );
      for (const endpoint of lists) await drive(app, endpoint, tenant, loginOf(account));
    });

    test('to a Connect app, which sees no token', async () => {
      await using app = await testApp({ engine });
      const tenant = await aTenant(app);
      const reads = ENDPOINTS.filter(({ id }) => /^(List|Fetch)Account$/.test(id));
      for (const endpoint of reads) await drive(app, endpoint, tenant, tenant.guest);
      const fetched = await app.get(
        `/2010-04-01/Accounts/${tenant.account.sid}.json`,
        tenant.guest,
      );
      assert.equal(fetched.json.auth_token, null);
    });
  });

  test('every deviation from the official OpenAPI is still one', () => {
    assert.deepEqual(unmet(), []);
  });
} else {
  console.log('– ../shared is absent: no answer is compared with the official OpenAPI');
}
