import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import type { Config } from '../../src/config.ts';
import { loginOf, testApp } from '../support/test-app.ts';

const PRODUCTION: Partial<Config> = {
  mode: 'production',
  publicUrl: 'https://api.example.com',
  trustedProxies: ['127.0.0.1'],
};
const PATHS = ['/v1/ByocTrunks', '/login', '/_tieline/accounts', '/nowhere'];

suite('a request that came to the proxy without encryption', () => {
  test('is refused in production, and not redirected', async () => {
    await using app = await testApp({ engine: 'memory', config: PRODUCTION });
    const login = loginOf(await app.anAccount());
    const ask = (path: string, proto: string) =>
      app.request('GET', path, { login, headers: { 'x-forwarded-proto': proto } });
    for (const path of PATHS) {
      const { status, text, headers } = await ask(path, 'http');
      assert.equal(status, 403, path);
      assert.match(text, /not encrypted\. Use https/, path);
      assert.equal(headers['location'], undefined);
      assert.notEqual((await ask(path, 'https')).status, 403, path);
    }
    assert.equal((await ask('/healthz', 'http')).status, 200);
  });

  test("is recognised by a named proxy's header only, and not in development", async () => {
    for (const config of [{ trustedProxies: [] }, { mode: 'development' }] as const) {
      await using app = await testApp({ engine: 'memory', config: { ...PRODUCTION, ...config } });
      const login = loginOf(await app.anAccount());
      const headers = { 'x-forwarded-proto': 'http' };
      const { status } = await app.request('GET', '/v1/ByocTrunks', { login, headers });
      assert.equal(status, 200);
    }
  });
});
