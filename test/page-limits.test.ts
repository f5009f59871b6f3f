import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { VISITS_PER_SECOND, WINDOW_SECONDS } from '../src/http/rate-limits.ts';
import { aPerson, Browser, signedIn } from './browser.ts';
import { onEveryEngine, testApp } from './test-app.ts';

const PRODUCTION = { mode: 'production', publicUrl: 'http://localhost' } as const;
const ROOM = VISITS_PER_SECOND * WINDOW_SECONDS;

onEveryEngine('the pages in production', (engine) => {
  test('are opened so often by somebody who is not signed in, and then no more for a while', async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
    try {
      await using app = await testApp({ engine, config: PRODUCTION });
      const customer = await app.anAccount();
      const { sid } = await app.aConnectApp(customer);
      const member = await signedIn(app, await aPerson(app, customer));
      for (let visits = 0; visits < ROOM; visits += 1) {
        assert.equal((await new Browser(app).get(`/authorize/${sid}`)).status, 303);
      }
      const rows = async () =>
        (await app.app.database.db.selectFrom('interactions').select('digest').execute()).length;
      assert.equal(await rows(), ROOM);
      const refused = await new Browser(app).get(`/authorize/${sid}`);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers['retry-after'], String(WINDOW_SECONDS));
      assert.match(refused.text, /Too many requests/);
      assert.equal(await rows(), ROOM, 'and nothing is written down for it');
      assert.equal((await member.get(`/console/${customer.sid}`)).status, 200);
      mock.timers.tick(WINDOW_SECONDS * 1000);
      assert.equal((await new Browser(app).get(`/authorize/${sid}`)).status, 303);
    } finally {
      mock.timers.reset();
    }
  });
});
