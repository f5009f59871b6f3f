import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Endpoint } from '../../src/http/endpoint.ts';
import { ROUTES } from '../../src/routes.ts';
import { aTenant, pathOf, type Tenant, validForm } from '../support/tenant.ts';
import { loginOf, type TestApp, testApp } from '../support/test-app.ts';
import { declared, fetchRaml, methodsOf } from './raml-document.ts';

/** A path without the names of its parameters. */
const shapeOf = (path: string) => path.replaceAll(/\{\w+\}|:\w+/g, '{}');

function endpointOf(method: string, path: string): Endpoint {
  const found = ROUTES.endpoints.find(
    (one) => one.method === method && shapeOf(one.path) === shapeOf(path),
  );
  assert.ok(found, `${method} ${path} is no endpoint`);
  return found;
}

/** Sends a described request about a thing of a tenant. @returns the status */
async function statusOf(app: TestApp, tenant: Tenant, endpoint: Endpoint, suffix: string) {
  const path = pathOf(endpoint, tenant).replace(/\.json$/, '') + suffix;
  const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
  const login = loginOf(tenant.account);
  const { status } = await app.request(endpoint.method, path, { login, ...(form && { form }) });
  return status;
}

suite('the operations in the RAML descriptions', () => {
  for (const version of ['0.8', '1.0']) {
    test(`is there, each method of RAML ${version} with each of its suffixes`, async () => {
      await using app = await testApp({ engine: 'memory' });
      const tenant = await aTenant(app);
      const refused: string[] = [];
      for (const document of ['2010-04-01', 'v1']) {
        const { root } = await fetchRaml(app, document, version);
        const types = declared(root['resourceTypes']);
        for (const { name, type } of methodsOf(root)) {
          const [method = '', path = ''] = name.split(' ');
          const endpoint = endpointOf(method, `/${document}${path}`);
          const extension = type && types[type].uriParameters.mediaTypeExtension;
          const suffixes: string[] = extension ? ['', ...extension.enum] : [''];
          for (const suffix of suffixes) {
            // A thing can be deleted once, so each deletion gets a tenant of its own.
            const whose = method === 'DELETE' ? await aTenant(app) : tenant;
            const status = await statusOf(app, whose, endpoint, suffix);
            if (status >= 400) refused.push(`${name}${suffix}: ${status}`);
          }
        }
      }
      assert.deepEqual(refused, []);
    });
  }

  test('exist in the control API, even if it refuses a request without a body', async () => {
    await using app = await testApp({ engine: 'memory' });
    const { root } = await fetchRaml(app, 'tieline', '1.0');
    for (const { name, path } of methodsOf(root)) {
      const [method = ''] = name.split(' ');
      const at = path.replaceAll(/\{\w+\}/g, `AC${'f'.repeat(32)}`);
      const { status, text } = await app.request(method, `/_tieline${at}`, {});
      assert.ok(status < 500 && status !== 405, `${name}: ${status}`);
      assert.doesNotMatch(text, /The requested resource/, name);
    }
  });
});
