import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { type TestApp, testApp } from '../../test/support/test-app.ts';
import { openFirstWorld } from '../control/first-world.ts';

suite('the mount of the demo', () => {
  const status = async (app: TestApp, path: string) => (await app.get(path)).status;

  test('does not exist in production', async () => {
    await using app = await testApp({ engine: 'memory', config: { mode: 'production' } });
    for (const path of ['/demo', '/demo/style.css', '/demo/deauthorize']) {
      assert.equal(await status(app, path), 404, path);
    }
  });

  test('says how to get a demo app when it is missing or has another address', async () => {
    await using app = await testApp({ engine: 'memory' });
    const none = await app.get('/demo');
    assert.equal(none.status, 404);
    assert.match(none.text, /npx tieline serve --data \.\/demo-data/);
    assert.equal(await status(app, '/demo/style.css'), 200);

    const world = await openFirstWorld(app.app, 'http://localhost');
    assert.ok(world);
    assert.equal(await status(app, '/demo'), 200);
    await app.control('DELETE', `/connect_apps/${world.connect_app_sid}`);
    assert.equal(await status(app, '/demo'), 404);
  });

  test('counts its answers like all others', async () => {
    await using app = await testApp({ engine: 'memory' });
    await openFirstWorld(app.app, 'http://localhost');
    await app.request('HEAD', '/demo');
    await app.request('PUT', '/demo/faq');
    const { text } = await app.get('/metrics');
    assert.match(text, /operation="demo",status="404"\} 1/);
    assert.match(text, /in_flight\S* 1/);
  });
});
