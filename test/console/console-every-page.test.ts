import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { FORM_TOKEN } from '../../src/http/pages/page-routes.ts';
import { changeAccountStatus } from '../../src/lifecycle/change-account-status.ts';
import { aPerson, Browser, formTokenOf, signedIn } from '../support/browser.ts';
import { aConsoleWorld, addressOf, PAGES } from '../support/console-world.ts';
import { digestOfData } from '../support/digest.ts';
import { asSystem, onEveryEngine, testApp } from '../support/test-app.ts';

const shown = PAGES.filter(({ show }) => show);
const submitted = PAGES.filter(({ submit }) => submit);
const ofAccounts = PAGES.filter(({ who }) => who === 'account');

/** Forms that a browser sent from pages of other sites (docs/threats.md, T15). */
const FOREIGN_FORMS: readonly {
  readonly name: string;
  readonly token: 'own' | 'another' | 'none';
  readonly headers: Record<string, string>;
}[] = [
  { name: 'no token', token: 'none', headers: {} },
  { name: "another session's token", token: 'another', headers: {} },
  { name: 'another origin', token: 'own', headers: { origin: 'https://evil.example.com' } },
  { name: 'no origin at all', token: 'own', headers: { origin: 'null' } },
  { name: 'the origin under http', token: 'own', headers: { origin: 'https://localhost' } },
  { name: 'another site', token: 'own', headers: { 'sec-fetch-site': 'cross-site' } },
  { name: 'a sibling host', token: 'own', headers: { 'sec-fetch-site': 'same-site' } },
  { name: 'nowhere', token: 'own', headers: { 'sec-fetch-site': 'none' } },
];

onEveryEngine('every page', (engine) => {
  test('refuses a form from another site, and changes nothing', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    const another = await signedIn(app, world.other);
    const profile = `/console/${world.account.sid}`;
    const tokens = {
      own: formTokenOf(await browser.get(profile)),
      another: formTokenOf(await another.get(profile)),
      none: '',
    };
    assert.ok(tokens.own !== '' && tokens.own !== tokens.another);
    const before = await digestOfData(app.app);
    assert.ok(submitted.length > 20);
    for (const page of submitted) {
      const address = addressOf(page, world);
      for (const { name, token, headers } of FOREIGN_FORMS) {
        const form = token === 'none' ? {} : { [FORM_TOKEN]: tokens[token] };
        const { status, text } = await browser.post(address, form, headers);
        assert.equal(status, 403, `${page.path}: ${name}`);
        assert.match(text, /came from another site/, `${page.path}: ${name}`);
      }
      assert.equal(await digestOfData(app.app), before, page.path);
    }
  });

  test('sends visitors to the sign-in', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const before = await digestOfData(app.app);
    for (const page of PAGES.filter(({ who }) => who !== 'anyone')) {
      const address = addressOf(page, world);
      for (const method of ['GET', 'POST'].filter((it) => page[it === 'GET' ? 'show' : 'submit'])) {
        const stranger = new Browser(app);
        const visit = method === 'GET' ? stranger.get(address) : stranger.post(address, {});
        const { status, location } = await visit;
        assert.deepEqual([status, location], [303, '/login'], `${method} ${page.path}`);
      }
    }
    assert.equal(await digestOfData(app.app), before);
  });

  test("of an account does not exist for another account's people", async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const own = await app.anAccount();
    const browser = await signedIn(app, await aPerson(app, own));
    const token = formTokenOf(await browser.get(`/console/${own.sid}`));
    const before = await digestOfData(app.app);
    for (const page of ofAccounts) {
      const address = addressOf(page, world);
      const inOwn = address.replace(world.account.sid, own.sid);
      if (page.show) assert.equal((await browser.get(address)).status, 404, page.path);
      if (page.submit) {
        const { status } = await browser.post(address, { [FORM_TOKEN]: token });
        assert.equal(status, 404, page.path);
      }
      // A foreign thing is not found under the person's own account either.
      if (!/:AccountSid\/.*:/.test(page.path)) continue;
      if (page.show) assert.equal((await browser.get(inOwn)).status, 404, `own ${page.path}`);
      if (page.submit) {
        const form = { [FORM_TOKEN]: token, FriendlyName: 'Mine' };
        const { status } = await browser.post(inOwn, form);
        assert.equal(status, 404, `own ${page.path}`);
      }
    }
    assert.equal(await digestOfData(app.app), before);
  });

  test('reads a text with NUL in each of its search fields', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    for (const page of shown) {
      const address = addressOf(page, world);
      const { text } = await browser.get(address);
      const forms = text.match(/<form(?![^>]*method="post")[^>]*>[\s\S]*?<\/form>/g) ?? [];
      const fields = forms.flatMap((form) => [...form.matchAll(/ name="(\w+)"/g)]);
      for (const name of new Set(fields.map(([, found = '']) => found))) {
        if (name === 'q' && !page.path.includes('platform')) continue;
        const { status } = await browser.get(`${address}?${name}=a%00b`);
        assert.ok(status < 500, `${page.path}?${name}: ${status}`);
      }
    }
  });

  test('of the platform exists for its operators only', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.other);
    const token = formTokenOf(await browser.get(`/console/${world.account.sid}`));
    const before = await digestOfData(app.app);
    const pages = PAGES.filter(({ who }) => who === 'operator');
    assert.ok(pages.length > 10);
    for (const page of pages) {
      const address = addressOf(page, world);
      if (page.show) assert.equal((await browser.get(address)).status, 404, page.path);
      if (page.submit) {
        const { status } = await browser.post(address, { [FORM_TOKEN]: token });
        assert.equal(status, 404, page.path);
      }
    }
    assert.equal(await digestOfData(app.app), before);
  });

  test('opens for its own people, with the headers that protect it', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.operator);
    let pages = 0;
    for (const page of shown) {
      const visit = await browser.get(addressOf(page, world));
      if (page.who === 'account' || page.who === 'operator') {
        assert.ok([200, 303].includes(visit.status), `${page.path}: ${visit.status}`);
      }
      const { headers } = visit;
      assert.equal(headers['x-content-type-options'], 'nosniff', page.path);
      assert.equal(headers['x-frame-options'], 'DENY', page.path);
      if (!headers['content-type']?.startsWith('text/html')) continue;
      pages += 1;
      // Pages of signing in have no sign-out.
      if (page.who !== 'anyone' && visit.status === 200) {
        assert.match(visit.text, /<form [^>]*action="\/logout"/, page.path);
      }
      const policy = headers['content-security-policy'] ?? '';
      for (const kind of ['default-src', 'object-src', 'base-uri']) {
        assert.ok(policy.includes(`${kind} 'none'`), `${page.path}: ${kind}`);
      }
      assert.equal(headers['referrer-policy'], 'same-origin', page.path);
      assert.match(policy, /frame-ancestors 'none'/, page.path);
      assert.doesNotMatch(policy, /unsafe/, page.path);
      assert.match(headers['cache-control'] ?? '', /no-store/, page.path);
      assert.doesNotMatch(visit.text, /<script(?![^>]*\bsrc=)|\sstyle="|\son\w+="/, page.path);
      assert.doesNotMatch(visit.text, /\[object |undefined|NaN/, page.path);
    }
    assert.ok(pages > 20);
  });

  test('of a suspended account can be seen, and changes nothing', async () => {
    await using app = await testApp({ engine });
    const world = await aConsoleWorld(app);
    const browser = await signedIn(app, world.other);
    const token = formTokenOf(await browser.get(`/console/${world.account.sid}`));
    await asSystem(app, async (doing) => {
      const account = await fetchAccount(doing.tx, world.account.sid);
      assert.ok(account);
      await changeAccountStatus(doing, account, 'suspended');
    });
    const before = await digestOfData(app.app);
    for (const page of ofAccounts.filter(({ while_suspended }) => !while_suspended)) {
      const address = addressOf(page, world);
      if (page.show) assert.ok((await browser.get(address)).status < 400, page.path);
      if (page.submit) {
        const form = { [FORM_TOKEN]: token, FriendlyName: 'A name', Email: 'a@example.com' };
        const { status } = await browser.post(address, form);
        assert.ok(status >= 400 && status < 500, `${page.path}: ${status}`);
      }
      assert.equal(await digestOfData(app.app), before, page.path);
    }
  });
});
