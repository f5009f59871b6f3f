import assert from 'node:assert/strict';
import { test } from 'node:test';
import { INTERACTION_MS, REPEAT_MS } from '../../src/consent/interaction.ts';
import { changeAccountStatus } from '../../src/lifecycle/change-account-status.ts';
import { Browser, hiddenFields } from '../support/browser.ts';
import { answer, aStage, assertEnds, grantOf } from '../support/consent-stage.ts';
import { digestOfData } from '../support/digest.ts';
import { asSystem, loginOf, onEveryEngine, testApp } from '../support/test-app.ts';

onEveryEngine('an answer that does not fit its page', (engine) => {
  test('grants nothing after an omitted or repeated step (T10)', async () => {
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
    assert.equal(await grantOf(app, { ...other, connect_app: stage.connect_app }), undefined);
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

  test('counts once, and a later or different answer to the same page changes nothing', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const page = await stage.browser.get(stage.path);
    await answer(stage, page, 'authorize');
    assertEnds(await answer(stage, page, 'deny'), 409, /was answered already/);
    app.advanceReal(REPEAT_MS + 1);
    assertEnds(await answer(stage, page, 'authorize'), 409, /was answered already/);
    assert.equal((await grantOf(app, stage))?.version, 1);
  });

  test('counts in one of two windows', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app);
    const [one, two] = [await stage.browser.get(stage.path), await stage.browser.get(stage.path)];
    assert.equal((await answer(stage, one, 'authorize')).status, 303);
    assertEnds(await answer(stage, two, 'authorize'), 409, /has changed/);
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
      const path = `/2010-04-01/Accounts/${stage.developer.sid}/ConnectApps/${stage.connect_app.sid}.json`;
      assert.equal((await app.post(path, loginOf(stage.developer), change)).status, 200);
      assertEnds(await answer(stage, page, 'authorize'), 409, /has changed/);
      assert.equal(await grantOf(app, stage), undefined, JSON.stringify(change));
    }
  });

  test('grants nothing for an app, owner or account that is gone or suspended by then', async () => {
    await using app = await testApp({ engine });
    const deleted = await aStage(app);
    const deletedPage = await deleted.browser.get(deleted.path);
    await app.control('DELETE', `/connect_apps/${deleted.connect_app.sid}`);
    assertEnds(await answer(deleted, deletedPage, 'authorize'), 404, /does not exist/);

    const owner = await aStage(app);
    const ownerPage = await owner.browser.get(owner.path);
    await asSystem(app, (doing) => changeAccountStatus(doing, owner.developer, 'suspended'));
    assertEnds(await answer(owner, ownerPage, 'authorize'), 404, /does not exist/);

    const customer = await aStage(app);
    const customerPage = await customer.browser.get(customer.path);
    await asSystem(app, (doing) => changeAccountStatus(doing, customer.customer, 'suspended'));
    const refused = await answer(customer, customerPage, 'authorize');
    assert.ok(refused.status === 400 || refused.status === 403, String(refused.status));
    assert.match(refused.text, /suspended/);
    for (const stage of [deleted, owner, customer]) {
      assert.equal(await grantOf(app, stage), undefined);
    }
  });

  test('explains an unknown app and an app without an address', async () => {
    await using app = await testApp({ engine });
    const stage = await aStage(app, { authorize_redirect_url: null });
    for (const sid of [`CN${'0'.repeat(32)}`, 'CN', 'nothing']) {
      assertEnds(await stage.browser.get(`/authorize/${sid}`), 404, /does not exist/);
    }
    const page = await stage.browser.get(stage.path);
    const done = await answer(stage, page, 'authorize');
    assert.equal(done.status, 200);
    assert.match(done.text, /is authorized/);
    assert.ok(done.text.includes((await grantOf(app, stage))?.subaccount_sid ?? '-'));
  });
});
