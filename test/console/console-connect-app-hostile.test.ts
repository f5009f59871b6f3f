import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeConnectApp } from '../../src/connect-apps/change-connect-app.ts';
import { listOpenCallbacks } from '../../src/console/apps/connect-app-customer-store.ts';
import { revokeGrant } from '../../src/lifecycle/revoke-grant.ts';
import { aPerson, formTokenOf, signedIn } from '../support/browser.ts';
import { aStory, create, FORM } from '../support/connect-app-story.ts';
import { asSystem, onEveryEngine } from '../support/test-app.ts';

/**
 * Texts that broke out of text, attributes, addresses and scripts elsewhere (docs/threats.md, T36).
 */
const PAYLOADS = [
  '<script>alert(1)</script>',
  '"><script>alert(1)</script>',
  "'><img src=x onerror=alert(1)>",
  '<img src=x onerror=alert(1)>',
  '<svg/onload=alert(1)>',
  '" onmouseover="alert(1)',
  "' onfocus='alert(1)' autofocus='",
  '" autofocus onfocus=alert(1) x="',
  '</textarea><script>alert(1)</script>',
  '</title><script>alert(1)</script>',
  '<!--><script>alert(1)</script>-->',
  '<iframe srcdoc="<script>alert(1)</script>">',
  '<a href="javascript:alert(1)">x</a>',
  '<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>',
  '<details open ontoggle=alert(1)>',
  '&lt;script&gt;alert(1)&lt;/script&gt;',
  '&#60;script&#62;alert(1)&#60;/script&#62;',
  '{{constructor.constructor("alert(1)")()}}',
  '${alert(1)}',
  '<base href="https://evil.example.com/">',
  '\u202e<b>\u2028</b>',
];

/** The tags of a page without everything in quotes. A browser makes elements of them. */
function skeletonOf(text: string): string[] {
  return (text.match(/<[^>]*>/g) ?? []).map((tag) => tag.replaceAll(/"[^"]*"/g, '""'));
}

const url = (payload: string) => `https://example.com/?${payload.replaceAll(/[\s\\]/g, '+')}`;

onEveryEngine('the console pages of Connect apps', (engine) => {
  test('show hostile text in every field as text', async () => {
    await using story = await aStory(engine);
    const { app, browser, list, owner } = story;
    const { location: path = '' } = await create(story);
    const sid = path.split('/').at(-1) ?? '';
    const pages = [list, path, `${path}/edit`, `${path}/delete`, `${path}/customers`];
    const look = async () => {
      const shown = [];
      for (const page of pages) shown.push((await browser.get(page)).text);
      const failed = await create(story, { ...(await formNow()), CompanyName: '' });
      return [...shown, failed.text];
    };
    let payload = 'harmless';
    const formNow = async () => ({
      ...FORM,
      // The form refuses names that turn the writing, but an earlier version may have stored one.
      FriendlyName: payload.slice(0, 64).replace('\u202e', ''),
      Description: payload,
      HomepageUrl: url(payload),
      TermsOfServiceUrl: url(payload),
      AuthorizeRedirectUrl: url(payload),
      DeauthorizeCallbackUrl: url(payload),
    });
    const change = () =>
      asSystem(app, (doing) =>
        changeConnectApp(doing, owner.sid, sid, {
          friendly_name: payload.slice(0, 64),
          company_name: payload,
          description: payload,
          homepage_url: url(payload),
          terms_of_service_url: url(payload),
          authorize_redirect_url: url(payload),
          deauthorize_callback_url: url(payload),
        }),
      );
    await change();
    await browser.get(list);
    const harmless = (await look()).map(skeletonOf);
    for (payload of PAYLOADS) {
      await change();
      const shown = await look();
      for (const [at, text] of shown.entries()) {
        assert.deepEqual(skeletonOf(text), harmless[at], `${payload} in ${pages[at]}`);
        if (/[<"&]/.test(payload)) assert.ok(!text.includes(payload), payload);
      }
    }
  });

  test('refuse every form without its token', async () => {
    await using story = await aStory(engine);
    const { app, browser, list, owner } = story;
    const connectApp = await app.aConnectApp(owner, {
      deauthorize_callback_url: 'https://a.example/',
    });
    const grant = await app.aGrant(connectApp, await app.anAccount());
    await asSystem(app, (doing) => revokeGrant(doing, grant, 'revoked'));
    const { db } = app.app.database;
    const page = { page: 0, page_size: 1, from: null };
    const [delivery] = (await listOpenCallbacks(db, connectApp.sid, page)).rows;
    const path = `${list}/${connectApp.sid}`;
    const stranger = await signedIn(app, await aPerson(app, owner));
    const theirs = formTokenOf(await stranger.get(`${path}/edit`));
    const posts = [
      `${list}/new`,
      `${path}/edit`,
      `${path}/delete`,
      `${path}/callbacks/${delivery?.sid}/replay`,
    ];
    for (const action of posts) {
      for (const form of [FORM, { ...FORM, form_token: 'x' }, { ...FORM, form_token: theirs }]) {
        assert.equal((await browser.post(action, form)).status, 403, action);
      }
      const token = formTokenOf(await browser.get(`${path}/edit`));
      const foreign = await browser.post(
        action,
        { ...FORM, form_token: token },
        { origin: 'https://evil.example.com' },
      );
      assert.equal(foreign.status, 403, action);
    }
    const { json } = await app.get(`/2010-04-01/Accounts/${owner.sid}/ConnectApps.json`, {
      username: owner.sid,
      password: owner.auth_token,
    });
    assert.equal(json.connect_apps.length, 1);
  });

  test("do not exist for another account or with another account's app", async () => {
    await using story = await aStory(engine);
    const { app, browser, list, owner } = story;
    const other = await app.anAccount();
    const theirs = await app.aConnectApp(other, { friendly_name: 'Theirs' });
    const ours = await app.aConnectApp(owner);
    const token = formTokenOf(await browser.get(`${list}/${ours.sid}/edit`));
    const below = ['', '/edit', '/delete', '/customers', '/callbacks'];
    const missing = [
      ...below.map((rest) => `${list}/${theirs.sid}${rest}`),
      ...below.map((rest) => `/console/${other.sid}/connect-apps/${theirs.sid}${rest}`),
      ...below.map((rest) => `${list}/CN${'0'.repeat(32)}${rest}`),
      `/console/${other.sid}/connect-apps`,
      `/console/${other.sid}/connect-apps/new`,
    ];
    for (const path of missing) {
      const page = await browser.get(path);
      assert.equal(page.status, 404, path);
      assert.ok(!page.text.includes('Theirs'));
    }
    const forms = missing.filter((path) => /\/(edit|delete|new)$/.test(path));
    for (const path of [...forms, `${list}/${theirs.sid}/callbacks/DL${'0'.repeat(32)}/replay`]) {
      const { status } = await browser.post(path, { ...FORM, form_token: token });
      assert.equal(status, 404, path);
    }
  });
});
