import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchGrant } from '../src/authorizations/grant-store.ts';
import type { ConnectApp } from '../src/connect-apps/connect-app.ts';
import { INTERACTION_MS, REPEAT_MS } from '../src/consent/interaction.ts';
import { aPerson, Browser, hiddenFields, signedIn, type Visit } from './browser.ts';
import { digestOfData } from './digest.ts';
import { loginOf, onEveryEngine, type TestAccount, type TestApp, testApp } from './test-app.ts';

interface Stage {
  readonly developer: TestAccount;
  readonly customer: TestAccount;
  readonly connectApp: ConnectApp;
  readonly path: string;
  readonly browser: Browser;
}

/** A developer with an app, and a customer's person at the app's button, signed in. */
async function aStage(
  app: TestApp,
  options: Parameters<TestApp['aConnectApp']>[1] = {},
): Promise<Stage> {
  const developer = await app.anAccount({ friendly_name: 'Developer' });
  const customer = await app.anAccount({ friendly_name: 'Customer' });
  const connectApp = await app.aConnectApp(developer, options);
  const browser = await signedIn(app, await aPerson(app, customer));
  return { developer, customer, connectApp, path: `/authorize/${connectApp.sid}`, browser };
}

const answer = ({ browser, path }: Stage, page: Visit, value: 'authorize' | 'deny') =>
  browser.submit(page, path, { answer: value });

const grantOf = (app: TestApp, { connectApp, customer }: Stage) =>
  fetchGrant(app.app.database.db, connectApp.sid, customer.sid);

/** Expects a page that says what happened, and that nothing was granted. */
function assertEnds(visit: Visit, status: number, title: RegExp): void {
  assert.equal(visit.status, status, visit.text);
  assert.match(visit.text, /<main/);
  assert.match(visit.text, title);
  assert.equal(visit.location, undefined);
}

onEveryEngine('the consent page', (engine) => {
  test('shows who asks for what, in which account, and who pays', async () => {
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

  test('grants nothing at Deny, and says so to the app in one parameter', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: 'https://app.example.com/back?a=1' });
    const page = await stage.browser.get(`${stage.path}?state=42`);
    const denied = await answer(stage, page, 'deny');
    assert.equal(denied.status, 303);
    assert.equal(denied.location, 'https://app.example.com/back?a=1&error=unauthorized_client');
    assert.equal(await grantOf(app, stage), undefined);
  });

  test('sends whoever is not signed in to the login, and back to the same request', async () => {
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
    assert.ok(location.startsWith(`${path}?interaction=`), location);
    const page = await signed.get(location);
    const done = await signed.submit(page, path, { answer: 'authorize' });
    assert.ok((done.location ?? '').endsWith(`&state=${state}`), done.text);
  });

  test('lets a Trial account be upgraded first, in development by a click', async () => {
    await using app = await testApp({ engine });
    const { path, connectApp } = await aStage(app);
    const trial = await app.anAccount({ type: 'Trial', friendly_name: 'On trial' });
    const browser = await signedIn(app, await aPerson(app, trial));
    const page = await browser.get(`${path}?state=42`);
    assert.match(page.text, /Upgrade your account first/);
    assert.ok(!page.text.includes('>Authorize</button>'));
    // The button is not there; whoever sends its form all the same is refused.
    const fields = hiddenFields(page.text, `${path}/upgrade`);
    const forced = await browser.post(path, { ...fields, answer: 'authorize' });
    assert.equal(forced.status, 400);
    assert.equal(await fetchGrant(app.app.database.db, connectApp.sid, trial.sid), undefined);

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
    assert.match(page.text, /Ask whoever runs this platform to upgrade/);
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
    const { addMember } = await import('../src/people/create-person.ts');
    const { act } = await import('../src/audit/act.ts');
    const { SYSTEM } = await import('../src/audit/audit-event.ts');
    const person = await aPerson(app, stage.customer);
    await act(app.app, SYSTEM, (doing) => addMember(doing, other.sid, person));
    const browser = await signedIn(app, person);
    const page = await browser.get(`${stage.path}?state=7`);
    assert.match(page.text, /Use another account/);
    const [, link = ''] = /href="(\/authorize\/[^"]*account_sid=AC[^"]*)"/.exec(page.text) ?? [];
    const chosen = await browser.get(link.replaceAll('&amp;', '&'));
    const done = await browser.submit(chosen, stage.path, { answer: 'authorize' });
    assert.match(done.location ?? '', /&state=7$/);
    const { db } = app.app.database;
    const grants = [stage.customer, other].map((account) =>
      fetchGrant(db, stage.connectApp.sid, account.sid),
    );
    assert.equal((await Promise.all(grants)).filter(Boolean).length, 1);
    const notMine = await browser.get(`${stage.path}?account_sid=${foreign.sid}`);
    assert.ok(!notMine.text.includes('Foreign account'));
  });

  test('shows what is new and what goes when it is authorised again', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { permissions: ['get-all'] });
    const first = await answer(stage, await stage.browser.get(stage.path), 'authorize');
    const same = await stage.browser.get(stage.path);
    assert.match(same.text, /nothing changes/);
    const path = `/2010-04-01/Accounts/${stage.developer.sid}/ConnectApps/${stage.connectApp.sid}.json`;
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

  test('gives one grant and one subaccount to fifty clicks at once, all sent to the same place', async () => {
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

onEveryEngine('an answer that does not fit its page', (engine) => {
  test('grants nothing, whatever step was left out or done twice (T10)', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const other = await aStage(app);
    const page = await stage.browser.get(stage.path);
    const otherPage = await other.browser.get(stage.path);
    const form = { ...hiddenFields(page.text, stage.path), answer: 'authorize' };
    const theirs = hiddenFields(otherPage.text, stage.path)['interaction'] ?? '';
    const before = await digestOfData(app.app);

    const noInteraction = await stage.browser.post(stage.path, { ...form, interaction: '' });
    assertEnds(noInteraction, 403, /belongs to another sign-in/);
    const invented = await stage.browser.post(stage.path, { ...form, interaction: 'x'.repeat(32) });
    assertEnds(invented, 403, /belongs to another sign-in/);
    const otherApp = await stage.browser.post(other.path, form);
    assertEnds(otherApp, 403, /belongs to another sign-in/);
    const noToken = await stage.browser.post(stage.path, { ...form, form_token: '' });
    assertEnds(noToken, 403, /not allowed/);
    const signedOut = await new Browser(app).post(stage.path, form);
    assert.equal(signedOut.status, 403);
    const stolen = await stage.browser.post(stage.path, { ...form, interaction: theirs });
    assertEnds(stolen, 403, /belongs to another sign-in/);
    assert.equal(await digestOfData(app.app), before);
    const noAnswer = await stage.browser.post(stage.path, { ...form, answer: '' });
    assert.equal(noAnswer.status, 400);
    assert.match(noAnswer.text, />Authorize<\/button>/);
    assert.equal(await grantOf(app, stage), undefined);
    assert.equal(await grantOf(app, { ...other, connectApp: stage.connectApp }), undefined);
  });

  test('comes too late after ten minutes', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const page = await stage.browser.get(stage.path);
    app.advanceReal(INTERACTION_MS + 1);
    const late = await answer(stage, page, 'authorize');
    assertEnds(late, 410, /open for too long/);
    assert.equal(await grantOf(app, stage), undefined);
    const [, again = ''] = /href="(\/authorize\/[^"]+)"/.exec(late.text) ?? [];
    const retried = await answer(stage, await stage.browser.get(again), 'authorize');
    assert.equal(retried.status, 303);
  });

  test('counts once: a later or another answer to the same page changes nothing', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const page = await stage.browser.get(stage.path);
    await answer(stage, page, 'authorize');
    assertEnds(await answer(stage, page, 'deny'), 409, /answered this already/);
    app.advanceReal(REPEAT_MS + 1);
    assertEnds(await answer(stage, page, 'authorize'), 409, /answered this already/);
    assert.equal((await grantOf(app, stage))?.version, 1);
  });

  test('counts in one of two windows', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const [one, two] = [await stage.browser.get(stage.path), await stage.browser.get(stage.path)];
    assert.equal((await answer(stage, one, 'authorize')).status, 303);
    assertEnds(await answer(stage, two, 'authorize'), 409, /changed meanwhile/);
    assert.equal((await grantOf(app, stage))?.version, 1);
  });

  test('grants nothing when the app changed between page and click (T12)', async () => {
    const changes: Record<string, string>[] = [
      { AuthorizeRedirectUrl: 'https://thief.example.com/' },
      { Permissions: 'get-all' },
      { FriendlyName: 'Another name' },
      { CompanyName: 'Another company' },
      { Description: 'Another description' },
      { HomepageUrl: 'https://other.example.com/' },
    ];
    await using app = await testApp({ engine });
    for (const change of changes) {
      const stage = await aStage(app);
      const page = await stage.browser.get(stage.path);
      const path = `/2010-04-01/Accounts/${stage.developer.sid}/ConnectApps/${stage.connectApp.sid}.json`;
      assert.equal((await app.post(path, loginOf(stage.developer), change)).status, 200);
      assertEnds(await answer(stage, page, 'authorize'), 409, /changed meanwhile/);
      assert.equal(await grantOf(app, stage), undefined, JSON.stringify(change));
    }
  });

  test('grants nothing for an app, owner or account that is gone or suspended by then', async () => {
    await using app = await testApp({ engine });
    const { act } = await import('../src/audit/act.ts');
    const { SYSTEM } = await import('../src/audit/audit-event.ts');
    const { changeAccountStatus } = await import('../src/lifecycle/change-account-status.ts');
    const deleted = await aStage(app);
    const deletedPage = await deleted.browser.get(deleted.path);
    await app.control('DELETE', `/connect_apps/${deleted.connectApp.sid}`);
    assertEnds(await answer(deleted, deletedPage, 'authorize'), 404, /not here/);

    const owner = await aStage(app);
    const ownerPage = await owner.browser.get(owner.path);
    await act(app.app, SYSTEM, (doing) => changeAccountStatus(doing, owner.developer, 'suspended'));
    assertEnds(await answer(owner, ownerPage, 'authorize'), 404, /not here/);

    const customer = await aStage(app);
    const customerPage = await customer.browser.get(customer.path);
    await act(app.app, SYSTEM, (doing) =>
      changeAccountStatus(doing, customer.customer, 'suspended'),
    );
    const refused = await answer(customer, customerPage, 'authorize');
    assert.ok(refused.status === 400 || refused.status === 403, String(refused.status));
    assert.match(refused.text, /suspended/);
    for (const stage of [deleted, owner, customer]) {
      assert.equal(await grantOf(app, stage), undefined);
    }
  });

  test('says what to do about an unknown app, and about one without an address', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: null });
    for (const sid of [`CN${'0'.repeat(32)}`, 'CN', 'nothing']) {
      assertEnds(await stage.browser.get(`/authorize/${sid}`), 404, /not here/);
    }
    const page = await stage.browser.get(stage.path);
    const done = await answer(stage, page, 'authorize');
    assert.equal(done.status, 200);
    assert.match(done.text, /is authorized/);
    assert.ok(done.text.includes((await grantOf(app, stage))?.subaccount_sid ?? '-'));
  });
});
