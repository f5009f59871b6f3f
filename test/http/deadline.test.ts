import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import { SPARE_LANE } from '../../src/db/write-queue.ts';
import { ANSWER_DEADLINE_MS } from '../../src/http/answers/deadline.ts';
import { FORM_TOKEN } from '../../src/http/pages/page-routes.ts';
import { ROUTES } from '../../src/routes.ts';
import { formTokenOf, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { aTenant, pathOf, validForm } from '../support/tenant.ts';
import { loginOf, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';

/** Makes every write hang, as behind locks and lost connections. @returns a wait for the next one */
function hangWrites({ app }: TestApp): () => Promise<'hangs'> {
  const { database } = app;
  const write: typeof database.write = database.write.bind(database);
  let begins = Promise.withResolvers<'hangs'>();
  database.write = (deed, lane, ahead) => {
    if (lane === SPARE_LANE) return write(deed, lane, ahead);
    begins.resolve('hangs');
    return new Promise(() => {});
  };
  return () => {
    begins = Promise.withResolvers();
    return begins.promise;
  };
}

/** Asks, and lets the deadline pass as soon as the write hangs. @returns null when none did */
async function askInVain(next: Promise<'hangs'>, reply: Promise<{ status: number; text: string }>) {
  if ((await Promise.race([next, reply])) !== 'hangs') return null;
  mock.timers.tick(ANSWER_DEADLINE_MS);
  return reply;
}

function assertUnconfirmed(reply: { status: number; text: string }, what: string): void {
  assert.equal(reply.status, 503, what);
  assert.match(reply.text, /it may have been made/, what);
}

onEveryEngine('a change that hangs is answered at the deadline', (engine) => {
  test('at every endpoint of the API', async () => {
    await using app = await testApp({ engine });
    const tenant = await aTenant(app);
    const nextWrite = hangWrites(app);
    mock.timers.enable({ apis: ['setTimeout'] });
    using _timers = { [Symbol.dispose]: () => mock.timers.reset() };
    let hung = 0;
    for (const endpoint of ROUTES.endpoints.filter(({ method }) => method !== 'GET')) {
      const form = endpoint.method === 'POST' ? validForm(endpoint) : undefined;
      const login = loginOf(tenant.account);
      const path = pathOf(endpoint, tenant);
      const next = nextWrite();
      const asked = app.request(endpoint.method, path, { login, ...(form && { form }) });
      const reply = await askInVain(next, asked);
      if (reply === null) continue;
      hung += 1;
      assertUnconfirmed(reply, `${endpoint.method} ${endpoint.path}`);
    }
    assert.ok(hung > ROUTES.endpoints.length / 3, `${hung} changes`);
  });

  test('at a call of the control API', async () => {
    await using app = await testApp({ engine });
    const nextWrite = hangWrites(app);
    mock.timers.enable({ apis: ['setTimeout'] });
    using _timers = { [Symbol.dispose]: () => mock.timers.reset() };
    const next = nextWrite();
    const asked = app.control('POST', '/accounts', { friendly_name: 'New' });
    const reply = await askInVain(next, asked);
    assert.ok(reply);
    assertUnconfirmed(reply, 'POST /_tieline/accounts');
  });

  test('at every form of the console about an account', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const token = formTokenOf(await browser.get(`/console/${world.account.sid}`));
    const nextWrite = hangWrites(app);
    mock.timers.enable({ apis: ['setTimeout'] });
    using _timers = { [Symbol.dispose]: () => mock.timers.reset() };
    let hung = 0;
    for (const page of PAGES) {
      if (!page.submit || page.who !== 'account') continue;
      const next = nextWrite();
      const asked = browser.post(addressOf(page, world), { [FORM_TOKEN]: token });
      const reply = await askInVain(next, asked);
      if (reply === null) continue;
      hung += 1;
      assertUnconfirmed(reply, page.path);
    }
    assert.ok(hung > 3, `${hung} forms`);
  });
});
