import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchGrant } from '../../src/authorizations/grant-store.ts';
import { addMember } from '../../src/people/create-person.ts';
import { aPerson, Browser, hiddenFields, signedIn } from '../support/browser.ts';
import { answer, aStage, grantOf } from '../support/consent-stage.ts';
import { digestOfData } from '../support/digest.ts';
import { asSystem, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('the consent page', (engine) => {
  test('shows the app, its permissions, the account and who pays', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, {
      friendly_name: 'Call Counter',
      company_name: 'Counting Company',
      description: 'Counts your calls.',
      homepage_url: 'https://counter.example.com/',
      terms_of_service_url: 'https://counter.example.com/terms',
      authorize_redirect_url: 'https://counter.example.com/authorized?from=tieline',
    });
    const page = await stage.browser.get(`${stage.path}?state=42`);
    assert.equal(page.status, 200);
    for (const shown of [
      'Call Counter',
      'Counting Company',
      'Counts your calls.',
      'href="https://counter.example.com/"',
      'href="https://counter.example.com/terms"',
      'Charge account for usage',
      'Read all account data',
      'counter.example.com',
      'A person',
      stage.customer.sid,
      '>Authorize</button>',
      '>Deny</button>',
    ]) {
      assert.ok(page.text.includes(shown), shown);
    }
    assert.match(page.text, /billed to your account/);
    assert.equal(page.headers['x-frame-options'], 'DENY');
    assert.match(page.headers['content-security-policy'] ?? '', /frame-ancestors 'none'/);
  });

  test('grants at Authorize, and sends the browser to the registered URL with its SID and state', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, {
      authorize_redirect_url: 'https://app.example.com/back?a=1#part',
    });
    const page = await stage.browser.get(`${stage.path}?state=${encodeURIComponent('ä b&c=1')}`);
    const done = await answer(stage, page, 'authorize');
    assert.equal(done.status, 303, done.text);
    const grant = await grantOf(app, stage);
    assert.equal(
      done.location,
      `https://app.example.com/back?a=1&AccountSid=${grant?.subaccount_sid}&state=%C3%A4+b%26c%3D1#part`,
    );
    const { json } = await app.get('/2010-04-01/Accounts.json', {
      username: grant?.subaccount_sid ?? '',
      password: stage.developer.auth_token,
    });
    assert.equal(json.accounts.length, 2);
  });

  test('grants nothing at Deny, and tells the app in one parameter', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: 'https://app.example.com/back?a=1' });
    const page = await stage.browser.get(`${stage.path}?state=42`);
    const denied = await answer(stage, page, 'deny');
    assert.equal(denied.status, 303);
    assert.equal(denied.location, 'https://app.example.com/back?a=1&error=unauthorized_client');
    assert.equal(await grantOf(app, stage), undefined);
  });

  test('sends visitors to the login and back to the same request', async () => {
    await using app = await testApp({ engine });
    const { path, customer } = await aStage(app);
    const browser = new Browser(app);
    const state = 'x'.repeat(2_048);
    const sent = await browser.get(`${path}?state=${state}`);
    assert.equal(sent.status, 303);
    assert.equal(sent.location, '/login');
    const signed = await signedIn(app, await aPerson(app, customer));
    signed.cookies.set('tieline_return', browser.cookies.get('tieline_return') ?? '');
    const { location = '' } = await signed.get('/login');
    assert.ok(location.startsWith(`${path}?link=`), location);
    const page = await signed.get(location);
    const done = await signed.submit(page, path, { answer: 'authorize' });
    assert.ok((done.location ?? '').endsWith(`&state=${state}`), done.text);
  });

  test('stores nothing before the sign-in, for any length of the link', async () => {
    await using app = await testApp({ engine });
    const registered = 'https://app.example.com/back';
    const { path, customer } = await aStage(app, { authorize_redirect_url: registered });
    const random = () => app.app.randomBytes(2_000).toString('base64').slice(0, 2_000);
    for (const [state, cb] of [
      ['\u0000 \n=é\r', `${registered}?a=${encodeURIComponent('=&')}`],
      ['', `${registered}?a=1`],
      ['😀'.repeat(512), `${registered}?a=1`],
      [random(), `${registered}?a=${random().replaceAll(/[^A-Za-z0-9]/g, 'x')}`],
    ] as const) {
      const browser = new Browser(app);
      const query = new URLSearchParams({ state, cb });
      const before = await digestOfData(app.app);
      assert.equal((await browser.get(`${path}?${query.toString()}`)).location, '/login');
      assert.equal(await digestOfData(app.app), before);
      for (const [name, value] of browser.cookies) {
        assert.ok(name.length + value.length < 4_096, 'browsers keep no more of a cookie');
      }
      const signed = await signedIn(app, await aPerson(app, customer));
      for (const [name, value] of browser.cookies) {
        if (name.startsWith('tieline_return')) signed.cookies.set(name, value);
      }
      const page = await signed.open('/login');
      const done = await signed.submit(page, path, { answer: 'authorize' });
      const back = new URL(done.location ?? '');
      assert.equal(back.searchParams.get('state'), state);
      assert.equal(back.searchParams.get('a'), new URL(cb).searchParams.get('a'));
      await app.control('POST', '/deauthorize', {
        connect_app_sid: path.slice('/authorize/'.length),
        account_sid: customer.sid,
      });
    }
    const damaged = await (await signedIn(app, await aPerson(app, customer))).get(`${path}?link=x`);
    assert.match(damaged.text, /not whole/);
  });

  test('lets another person sign in and answer the same request', async () => {
    await using app = await testApp({ engine });
    const { path, browser } = await aStage(app);
    const page = await browser.get(`${path}?state=42`);
    const out = await browser.submit(page, `${path}/sign-out`);
    assert.equal(out.location, '/login');
    assert.match((await browser.get('/login')).text, />Log in<\/button>/);
    const other = await signedIn(app, await aPerson(app, await app.anAccount()));
    other.cookies.set('tieline_return', browser.cookies.get('tieline_return') ?? '');
    const { location = '' } = await other.get('/login');
    const again = await other.get(location);
    const done = await other.submit(again, path, { answer: 'authorize' });
    assert.match(done.location ?? '', /&state=42$/);
  });

  test('lets a Trial account be upgraded first, in development by a click', async () => {
    await using app = await testApp({ engine });
    const { path, connect_app } = await aStage(app);
    const trial = await app.anAccount({ type: 'Trial', friendly_name: 'On trial' });
    const browser = await signedIn(app, await aPerson(app, trial));
    const page = await browser.get(`${path}?state=42`);
    assert.match(page.text, /Upgrade your account first/);
    assert.ok(!page.text.includes('>Authorize</button>'));
    // The button is absent, and sending its form anyway is refused.
    const fields = hiddenFields(page.text, `${path}/upgrade`);
    const forced = await browser.post(path, { ...fields, answer: 'authorize' });
    assert.equal(forced.status, 400);
    assert.equal(await fetchGrant(app.app.database.db, connect_app.sid, trial.sid), undefined);

    const again = await browser.get(`${path}?state=42`);
    const upgraded = await browser.submit(again, `${path}/upgrade`);
    assert.equal(upgraded.status, 303, upgraded.text);
    const consent = await browser.get(upgraded.location ?? '');
    const done = await browser.submit(consent, path, { answer: 'authorize' });
    assert.match(done.location ?? '', /&state=42$/);
  });

  test('leaves upgrading to the operator in production', async () => {
    const production = { mode: 'production', publicUrl: 'http://localhost' } as const;
    await using app = await testApp({ engine, config: production });
    const { path } = await aStage(app);
    const trial = await app.anAccount({ type: 'Trial' });
    const browser = await signedIn(app, await aPerson(app, trial));
    const page = await browser.get(path);
    assert.match(page.text, /Ask the operator of this platform to upgrade/);
    assert.ok(!page.text.includes(`${path}/upgrade`));
    const fields = { form_token: /name="form_token" value="([^"]+)"/.exec(page.text)?.[1] ?? '' };
    const forced = await browser.post(`${path}/upgrade`, { ...fields, account_sid: trial.sid });
    assert.equal(forced.status, 404);
  });

  test('lets a person with several main accounts choose, each with a page of its own', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const other = await app.anAccount({ friendly_name: 'Other account' });
    const foreign = await app.anAccount({ friendly_name: 'Foreign account' });
    const person = await aPerson(app, stage.customer);
    await asSystem(app, (doing) => addMember(doing, other.sid, person));
    const browser = await signedIn(app, person);
    const page = await browser.get(`${stage.path}?state=7`);
    assert.match(page.text, /Use another account/);
    const [, link = ''] = /href="(\/authorize\/[^"]*account_sid=AC[^"]*)"/.exec(page.text) ?? [];
    const chosen = await browser.get(link.replaceAll('&amp;', '&'));
    const done = await browser.submit(chosen, stage.path, { answer: 'authorize' });
    assert.match(done.location ?? '', /&state=7$/);
    const { db } = app.app.database;
    const grants = [stage.customer, other].map((account) =>
      fetchGrant(db, stage.connect_app.sid, account.sid),
    );
    assert.equal((await Promise.all(grants)).filter(Boolean).length, 1);
    const notMine = await browser.get(`${stage.path}?account_sid=${foreign.sid}`);
    assert.ok(!notMine.text.includes('Foreign account'));
  });

  test('shows new and lost permissions when an app is authorised again', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { permissions: ['get-all'] });
    const first = await answer(stage, await stage.browser.get(stage.path), 'authorize');
    const same = await stage.browser.get(stage.path);
    assert.match(same.text, /nothing changes/);
    const path = `/2010-04-01/Accounts/${stage.developer.sid}/ConnectApps/${stage.connect_app.sid}.json`;
    await app.post(path, loginOf(stage.developer), { Permissions: 'post-all' });
    const page = await stage.browser.get(stage.path);
    assert.match(page.text, /Charge account for usage<\/strong\s*>\s*<span class="tag">New/);
    assert.match(
      page.text,
      /Read all account data<\/strong\s*>\s*<span class="tag quiet">No longer/,
    );
    const second = await answer(stage, page, 'authorize');
    assert.equal(second.location, first.location);
    const grant = await grantOf(app, stage);
    assert.deepEqual([grant?.version, grant?.permissions], [2, '["post-all"]']);
  });

  test('gives one grant and one subaccount for fifty clicks at the same moment', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const page = await stage.browser.get(stage.path);
    const clicks = await Promise.all(
      Array.from({ length: 50 }, () => answer(stage, page, 'authorize')),
    );
    assert.deepEqual(new Set(clicks.map(({ status }) => status)), new Set([303]));
    assert.equal(new Set(clicks.map(({ location }) => location)).size, 1);
    assert.equal((await grantOf(app, stage))?.version, 1);
    const { json } = await app.get('/2010-04-01/Accounts.json', loginOf(stage.customer));
    assert.equal(json.accounts.length, 2);
  });
});
