import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { VISITS_PER_SECOND, WINDOW_SECONDS } from '../../src/http/guards/rate-limits.ts';
import { aPerson, Browser, signedIn } from '../support/browser.ts';
import { onEveryEngine, testApp } from '../support/test-app.ts';

const PRODUCTION = { mode: 'production', publicUrl: 'http://localhost' } as const;
const ROOM = VISITS_PER_SECOND * WINDOW_SECONDS;

onEveryEngine('the pages in production', (engine) => {
  test('have a limit for visitors who are not signed in', async () => {
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
      assert.equal(await rows(), 0, 'a stranger is not remembered');
      const refused = await new Browser(app).get(`/authorize/${sid}`);
      assert.equal(refused.status, 429);
      assert.equal(refused.headers['retry-after'], String(WINDOW_SECONDS));
      assert.match(refused.text, /Too many requests/);
      assert.equal(await rows(), 0);
      assert.equal((await member.get(`/console/${customer.sid}`)).status, 200);
      mock.timers.tick(WINDOW_SECONDS * 1000);
      assert.equal((await new Browser(app).get(`/authorize/${sid}`)).status, 303);
    } finally {
      mock.timers.reset();
    }
  });

  test('are counted by the address from a named proxy, and from no other (T43)', async () => {
    mock.timers.enable({ apis: ['Date', 'setTimeout'], now: Date.now() });
    try {
      const visitFrom = async (trustedProxies: readonly string[], forwarded: string[]) => {
        await using app = await testApp({ engine, config: { ...PRODUCTION, trustedProxies } });
        const statuses = new Set<number>();
        for (let visits = 0; visits <= ROOM; visits += 1) {
          const address = forwarded[visits % forwarded.length] ?? '';
          const visit = await new Browser(app).get('/login', { 'x-forwarded-for': address });
          statuses.add(visit.status);
        }
        return statuses;
      };
      const two = ['203.0.113.7', '198.51.100.7'];
      assert.deepEqual(await visitFrom([], two), new Set([200, 429]), 'anybody can write a header');
      assert.deepEqual(await visitFrom(['127.0.0.1'], two), new Set([200]));
      assert.deepEqual(await visitFrom(['127.0.0.1'], two.slice(1)), new Set([200, 429]));
      const spoofed = ['192.0.2.1, 203.0.113.7', '192.0.2.2, 203.0.113.7'];
      assert.deepEqual(await visitFrom(['127.0.0.1'], spoofed), new Set([200, 429]));
    } finally {
      mock.timers.reset();
    }
  });
});
