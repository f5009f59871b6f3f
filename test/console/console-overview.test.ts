import assert from 'node:assert/strict';
import { test } from 'node:test';
import { updateConnectApp } from '../../src/connect-apps/connect-app-store.ts';
import { aPerson, type Browser, signedIn, unescaped } from '../support/browser.ts';
import { asSystem, onEveryEngine, type TestApp, testApp } from '../support/test-app.ts';
import { meter } from '../support/usage-triggers.ts';

const WEIRD = `שלום ${'🦷'.repeat(20)} <b>`;

/** The words of a page, without its navigation. */
async function wordsOf(browser: Browser, path: string): Promise<string> {
  const { status, text } = await browser.get(path);
  assert.equal(status, 200, path);
  const [, main = ''] = /<main[^>]*>([^]*)<\/main>/.exec(text) ?? [];
  return unescaped(main.replaceAll(/<[^>]+>/g, ' ')).replaceAll(/\s+/g, ' ');
}

/** A customer of an app of somebody else, and the owner of the app. */
async function aPair(app: TestApp) {
  const [owner, customer] = [await app.anAccount(), await app.anAccount()];
  const connectApp = await app.aConnectApp(owner, {
    friendly_name: WEIRD,
    permissions: ['post-all'],
    deauthorize_callback_url: 'http://localhost:1/gone',
  });
  const grant = await app.aGrant(connectApp, customer);
  const seeing = await signedIn(app, await aPerson(app, customer));
  return { owner, customer, connectApp, grant, seeing };
}

onEveryEngine('the overview', (engine) => {
  test('tells a customer the cost, the pace, and who spends it', async () => {
    await using app = await testApp({ engine });
    const { customer, grant, seeing } = await aPair(app);
    const home = `/console/${customer.sid}`;
    assert.match(await wordsOf(seeing, home), /Nothing needs you\./);
    const own = { sid: customer.sid };
    await meter(app, own, { category: 'sms-outbound-longcode', count: 3, price: '0.02' });
    await meter(app, { sid: grant.subaccount_sid }, { category: 'calls-inbound', price: '4.25' });
    const words = await wordsOf(seeing, home);
    assert.match(words, /Last 30 days \$4\.27 Nothing in the 30 days before/);
    assert.match(words, /March so far \$4\.27 Today \$4\.27: 3 messages, 1 call/);
    assert.ok(words.includes(`${WEIRD} `), 'a name is text');
    assert.match(words, /\$4\.25, no limit/);
    assert.match((await seeing.get(home)).text, /between \$0\.00 and \$4\.27/);
  });

  test('names what needs attention, with what stops and one thing to do', async () => {
    await using app = await testApp({ engine });
    const { owner, customer, connectApp, grant, seeing } = await aPair(app);
    const home = `/console/${customer.sid}`;
    const { sid: connect_app_sid } = connectApp;
    const limit = { connect_app_sid, account_sid: customer.sid, monthly_limit: '5' };
    assert.equal((await app.control('POST', '/grant_limits', limit)).status, 200);
    await meter(app, { sid: grant.subaccount_sid }, { category: 'calls-inbound', price: '4.1' });
    assert.match(
      await wordsOf(seeing, home),
      /has spent \$4\.10 of its \$5\.00 for March At \$5\.00 its messages and calls are refused until 1 April/,
    );
    await asSystem(app, (doing) =>
      updateConnectApp(doing.tx, owner.sid, connect_app_sid, {
        permissions: '["get-all","post-all"]',
      }),
    );
    assert.match(await wordsOf(seeing, home), /asks for one more permission/);
    const owning = await signedIn(app, await aPerson(app, owner));
    assert.match(
      await wordsOf(owning, `/console/${owner.sid}`),
      /1 customer of .* must authorize it again/,
    );
    assert.doesNotMatch(await wordsOf(owning, `/console/${owner.sid}`), /not acknowledged/);

    const revoke = `${home}/authorized-apps/${connect_app_sid}/revoke`;
    await seeing.submit(await seeing.get(revoke), revoke);
    await app.deliver();
    assert.match(
      await wordsOf(owning, `/console/${owner.sid}`),
      /Needs attention 1 thing .*has not acknowledged a revoke/,
    );
    assert.match(await wordsOf(seeing, home), /Set up an app of your own/);
    const operating = await signedIn(app, await aPerson(app, owner, { is_operator: true }));
    assert.match(
      await wordsOf(operating, '/console/platform'),
      /Needs attention .*1 webhook to 1 server failed They are tried again/,
    );
  });

  test('ticks the first steps by facts, and hides them when all are done', async () => {
    await using app = await testApp({ engine });
    const { customer, connectApp, seeing } = await aPair(app);
    const home = `/console/${customer.sid}`;
    assert.match(await wordsOf(seeing, home), /Set up this account 1 of 5 done/);
    const limit = {
      connect_app_sid: connectApp.sid,
      account_sid: customer.sid,
      monthly_limit: '5',
    };
    await app.control('POST', '/grant_limits', limit);
    await aPerson(app, customer);
    assert.match(await wordsOf(seeing, home), /Set up this account 3 of 5 done/);
    assert.doesNotMatch(await wordsOf(seeing, home), /Set up an app of your own/);
  });
});
