import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import type { ConnectApp } from '../../src/connect-apps/connect-app.ts';
import { fetchConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { fetchLogoDigests, findLogo } from '../../src/connect-apps/logo-store.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { unescaped } from '../support/browser.ts';
import { aStory, create, edit, FORM, wordsOf } from '../support/connect-app-story.ts';
import { loginOf, onEveryEngine } from '../support/test-app.ts';

onEveryEngine('the console page of Connect apps', (engine) => {
  test('creates one, with its logo and every option', async () => {
    await using story = await aStory(engine);
    const { app, owner, browser, list } = story;
    const { db } = app.app.database;
    assert.match(wordsOf(await browser.get(list)), /No Connect apps yet/);

    const created = await create(story);
    assert.equal(created.status, 303);
    const path = created.location ?? '';
    const sid = path.split('/').at(-1) ?? '';
    const { date_created, date_updated, date_deleted, ...stored } =
      (await fetchConnectApp(db, owner.sid, sid)) ?? ({} as ConnectApp);
    assert.deepEqual(
      [date_created, date_updated, date_deleted],
      [app.app.now(), app.app.now(), null],
    );
    assert.deepEqual(stored, {
      sid,
      account_sid: owner.sid,
      friendly_name: 'Call counter',
      company_name: 'Counting Ltd',
      description: 'Counts calls.\nEvery day.',
      homepage_url: 'https://counter.example.com/',
      terms_of_service_url: 'https://counter.example.com/terms',
      authorize_redirect_url: 'https://counter.example.com/authorized?from=button',
      deauthorize_callback_url: 'https://user:pass-word@counter.example.com/gone',
      deauthorize_callback_method: 'GET',
      permissions: '["get-all"]',
      signed_redirect: 1,
      root_sid: owner.sid,
    });

    const overview = await browser.get(path);
    const words = wordsOf(overview);
    assert.match(words, /Counting Ltd.*Counts calls.*Signed redirect Yes.*Read all account data/);
    assert.match(words, /Nobody has authorized this app/);
    assert.doesNotMatch(overview.text, /pass-word/);
    const snippet =
      `<a href="http://localhost/authorize/${sid}"><img src="http://localhost/connect-button.svg" ` +
      'alt="Connect with Tieline" width="200" height="40"></a>';
    assert.ok(overview.text.includes(snippet), 'the button is shown live');
    assert.ok(words.includes(snippet), 'and as text to copy');
    const [listed] = (await browser.get(list)).text.match(/<li class="panel app">.*?<\/li>/s) ?? [];
    assert.match(listed ?? '', /Call counter.*Counting Ltd.*Read all account data.*0 customers/s);
  });

  test('shows a logo to anybody, as an image only', async () => {
    await using story = await aStory(engine);
    const { app, browser } = story;
    const { location = '' } = await create(story);
    const sid = location.split('/').at(-1) ?? '';
    const { db } = app.app.database;
    const digest = (await fetchLogoDigests(db, [sid])).get(sid) ?? '';
    const png = (await findLogo(db, digest)) ?? Buffer.alloc(0);
    assert.equal(hash('sha256', png), digest);
    const address = `/logos/${digest}.png`;
    assert.ok((await browser.get(location)).text.includes(`src="${address}"`));

    const shown = await app.server.inject({ method: 'GET', url: address });
    assert.deepEqual(shown.rawPayload, png);
    const { headers } = shown;
    assert.equal(headers['content-type'], 'image/png');
    assert.equal(headers['cache-control'], 'public, max-age=31536000, immutable');
    assert.equal(headers['content-disposition'], 'inline; filename="logo.png"');
    assert.equal(headers['x-content-type-options'], 'nosniff');
    assert.match(String(headers['content-security-policy']), /default-src 'none'/);
    assert.equal(headers['set-cookie'], undefined);
    for (const name of ['x.png', `${'0'.repeat(64)}.png`, hash('sha256', png), '..%2f..%2fx.png']) {
      assert.equal((await app.get(`/logos/${name}`)).status, 404, name);
    }
    const button = await app.get('/connect-button.svg');
    assert.equal(button.headers['content-type'], 'image/svg+xml');
    assert.equal(button.headers['cross-origin-resource-policy'], 'cross-origin');
    assert.equal(button.headers['set-cookie'], undefined);
  });

  test('names a broken rule at its field, and keeps the entered values', async () => {
    await using story = await aStory(engine);
    const { app, owner } = story;
    const long = (length: number) => `https://example.com/${'x'.repeat(length)}`;
    const url = 'must be an absolute http or https URL';
    const broken: [string, string | readonly string[], string][] = [
      ['FriendlyName', ' ', 'Friendly name must not be empty.'],
      ['FriendlyName', 'é'.repeat(65), 'Friendly name must be at most 64 characters.'],
      ['FriendlyName', 'a\u0007b', 'Friendly name must not hold control characters.'],
      ['CompanyName', '', 'Company name must not be empty.'],
      ['CompanyName', 'x'.repeat(256), 'Company name must be at most 255 characters.'],
      ['Description', 'x'.repeat(2_001), 'Description must be at most 2000 characters.'],
      ['HomepageUrl', 'javascript:alert(1)', `Homepage URL ${url}.`],
      ['HomepageUrl', long(2_048), 'Homepage URL must be at most 2048 characters.'],
      ['TermsOfServiceUrl', '/terms', `Terms of Service URL ${url}.`],
      ['AuthorizeRedirectUrl', 'data:text/html,x', `Authorize URL ${url}.`],
      [
        'AuthorizeRedirectUrl',
        'https://a:b@example.com/',
        'Authorize URL must not hold a user name or password.',
      ],
      ['DeauthorizeCallbackUrl', 'ftp://example.com', `Deauthorize URL ${url}.`],
      ['DeauthorizeCallbackMethod', 'PUT', 'Deauthorize URL HTTP method must be GET or POST.'],
      ['Permissions', [], 'Access required must be at least one of the two.'],
      ['Permissions', ['all'], 'Access required may hold get-all or post-all only.'],
    ];
    for (const [name, value, message] of broken) {
      const page = await create(story, { ...FORM, [name]: value });
      assert.equal(page.status, 400, message);
      const [, help = ''] =
        new RegExp(`<small id="${name}-help">(.*?)</small>`, 's').exec(page.text) ?? [];
      assert.ok(unescaped(help).includes(message), `${message} in ${help}`);
      assert.match(wordsOf(page), /Choose the file again/);
      for (const [other, entered] of Object.entries({ ...FORM, [name]: value })) {
        if (typeof entered !== 'string' || !/Name|Description|Url$/.test(other)) continue;
        const kept = entered.replaceAll('\r\n', '\n');
        assert.ok(unescaped(page.text).replaceAll('\r\n', '\n').includes(kept), `${other} is kept`);
      }
    }
    const { json } = await app.get(
      `/2010-04-01/Accounts/${owner.sid}/ConnectApps.json`,
      loginOf(owner),
    );
    assert.deepEqual(json.connect_apps, []);
  });

  test('takes a picture of the right kind only', async () => {
    await using story = await aStory(engine);
    const svg = Buffer.from(
      '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>',
    );
    const cases: [Buffer, RegExp][] = [
      [Buffer.alloc(0), /Logo is required: choose a PNG, JPEG or WebP image\./],
      [svg, /Logo must be a PNG, JPEG or WebP image/],
      [Buffer.alloc(1024 * 1024 + 1), /Logo must be at most 1 MiB/],
    ];
    for (const [bytes, message] of cases) {
      const page = await create(story, FORM, bytes);
      assert.equal(page.status, 400);
      assert.match(wordsOf(page), message);
      assert.match(page.text, /id="Logo"[^>]*aria-invalid="true"/s);
    }
    assert.equal((await create(story, FORM, Buffer.alloc(3 * 1024 * 1024))).status, 413);
  });

  test('is for upgraded accounts, and explains to a Trial account how to upgrade', async () => {
    await using story = await aStory(engine, 'Trial');
    const { browser, list, owner } = story;
    for (const path of [list, `${list}/new`]) {
      const page = await browser.get(path);
      assert.match(wordsOf(page), /Only upgraded accounts can create Connect apps/);
      assert.ok(page.text.includes(`action="/console/${owner.sid}/upgrade"`));
    }
    const page = await browser.get(list);
    const token = /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '';
    const refused = await browser.post(`${list}/new`, { ...FORM, form_token: token });
    assert.equal(refused.status, 400);
  });

  test('edits one, and the audit log names the changes', async () => {
    await using story = await aStory(engine);
    const { app, owner, browser } = story;
    const { location: path = '' } = await create(story);
    const sid = path.split('/').at(-1) ?? '';
    const { db } = app.app.database;
    const logo = (await fetchLogoDigests(db, [sid])).get(sid);
    assert.ok(logo);
    const page = await browser.get(`${path}/edit`);
    assert.match(page.text, /value="Call counter"/);
    assert.match(page.text, /id="SignedRedirect-1"[^>]*\schecked/s);
    assert.match(page.text, /id="Permissions-get-all"[^>]*\schecked/s);
    assert.doesNotMatch(page.text, /id="Permissions-post-all"[^>]*\schecked/s);

    const { SignedRedirect: _, ...unsigned } = FORM;
    const saved = await edit(story, path, {
      ...unsigned,
      AuthorizeRedirectUrl: 'https://counter.example.com/next',
      DeauthorizeCallbackUrl: 'https://user:other@counter.example.com/gone',
      HomepageUrl: '',
    });
    assert.equal(saved.location, path);
    assert.match(wordsOf(await browser.get(path)), /Saved\./);
    const after = await fetchConnectApp(db, owner.sid, sid);
    assert.equal(after?.authorize_redirect_url, 'https://counter.example.com/next');
    assert.equal(after?.homepage_url, null);
    assert.equal(after?.signed_redirect, 0);
    assert.equal((await fetchLogoDigests(db, [sid])).get(sid), logo, 'the logo stays');
    const events = await listAuditEvents(db, owner.sid, 100);
    const updates = events.filter(({ action }) => action === 'connect_app.updated');
    assert.deepEqual(
      updates.map(({ actor_kind, detail }) => [actor_kind, JSON.parse(detail) as unknown]),
      [
        [
          'person',
          {
            authorize_redirect_url: 'https://counter.example.com/next',
            deauthorize_callback_url: 'https://counter.example.com/gone',
            homepage_url: null,
            signed_redirect: 0,
          },
        ],
      ],
    );
  });

  test("does not overwrite somebody else's changes without a second click", async () => {
    await using story = await aStory(engine);
    const { app, owner, browser } = story;
    const { location: path = '' } = await create(story);
    const stale = await browser.get(`${path}/edit`);
    app.advance(1_000);
    await edit(story, path, { ...FORM, CompanyName: 'Theirs' });

    const mine = { ...FORM, CompanyName: 'Mine' };
    const refused = await browser.upload(stale, `${path}/edit`, mine, {});
    assert.equal(refused.status, 409);
    assert.match(wordsOf(refused), /was changed while you had this page open\. Nothing was saved/);
    assert.match(refused.text, /value="Mine"/);
    const api = `/2010-04-01/Accounts/${owner.sid}/ConnectApps/${path.split('/').at(-1)}.json`;
    assert.equal((await app.get(api, loginOf(owner))).json.company_name, 'Theirs');
    assert.equal((await browser.upload(refused, `${path}/edit`, mine, {})).status, 303);
    assert.equal((await app.get(api, loginOf(owner))).json.company_name, 'Mine');
  });

  test('asks for the password before URLs change or an app is deleted', async () => {
    await using story = await aStory(engine);
    const { app, browser, owner } = story;
    const connectApp = await app.aConnectApp(owner);
    const path = `${story.list}/${connectApp.sid}`;
    const pages = await Promise.all(['edit', 'delete'].map((to) => browser.get(`${path}/${to}`)));
    assert.deepEqual(
      pages.map(({ status }) => status),
      [200, 200],
    );
    for (let minutes = 0; minutes < 46; minutes += 23) {
      app.advanceReal(23 * 60_000);
      await browser.get(path);
    }
    for (const to of ['edit', 'delete']) {
      assert.equal((await browser.get(`${path}/${to}`)).location, '/login/confirm');
      const page = pages.find(({ text }) => text.includes(`action="${path}/${to}"`));
      assert.ok(page);
      assert.equal((await browser.submit(page, `${path}/${to}`, FORM)).location, '/login/confirm');
    }
    const { db } = app.app.database;
    assert.deepEqual(await fetchConnectApp(db, owner.sid, connectApp.sid), connectApp);
  });
});
