import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFloor } from '../../src/cli/operate/operate-balances.ts';
import { setRateOf } from '../../src/cli/operate/operate-rates.ts';
import { aPerson, signedIn, unescaped } from '../support/browser.ts';
import { onEveryEngine, type TestAccount, type TestApp, testApp } from '../support/test-app.ts';

/** The text of a page without tags. */
async function textOf(
  app: TestApp,
  sid: string,
  path: string,
  { is_operator } = { is_operator: false },
) {
  const account = is_operator ? null : await accountOf(app, sid);
  const browser = await signedIn(app, await aPerson(app, account, { is_operator }));
  const { status, text } = await browser.get(path);
  assert.equal(status, 200, path);
  const [, main = ''] = /<main[^>]*>([^]*)<\/main>/.exec(text) ?? [];
  return unescaped(main.replaceAll(/<[^>]+>/g, ' ')).replaceAll(/\s+/g, ' ');
}

async function accountOf(app: TestApp, sid: string): Promise<TestAccount> {
  const row = await app.app.database.db
    .selectFrom('accounts')
    .selectAll()
    .where('sid', '=', sid)
    .executeTakeFirstOrThrow();
  return { ...row, auth_token: '' };
}

/** A customer with a credit, a floor, and an app that is past its limit. */
async function aSpender(app: TestApp) {
  const [owner, customer] = [await app.anAccount(), await app.anAccount()];
  const connectApp = await app.aConnectApp(owner, { friendly_name: 'Spender & Co' });
  const grant = await app.aGrant(connectApp, customer);
  const change = async (path: string, body: object) => {
    const { status, text } = await app.control('POST', path, body);
    assert.equal(status, 200, text);
  };
  const { sid: account_sid } = customer;
  await change(`/accounts/${account_sid}/balance`, { amount: '-25.5', reason: 'Late', key: 'k' });
  await change('/grant_limits', {
    connect_app_sid: connectApp.sid,
    account_sid,
    monthly_limit: '5',
    countries: ['US', 'CA'],
    date_ends: '2026-12-31T00:00:00Z',
  });
  const event = { account_sid: grant.subaccount_sid, category: 'calls', key: 'long' };
  await change('/usage', { ...event, price: '7.25' });
  return { owner, customer, connectApp, grant };
}

const PAST = /Past the limit: writes nothing/;

onEveryEngine('balance, limits and rates in the console', (engine) => {
  test('are shown to the people of the account and to the operator alike', async () => {
    await using app = await testApp({ engine });
    const { customer } = await aSpender(app);
    const own = `/console/${customer.sid}/balance`;
    const platform = `/console/platform/accounts/${customer.sid}`;
    const facts = [
      /Balance 967\.25 USD Floor None/,
      /2026-03-18 23:31 UTC −25\.50 USD Late/,
      /Spender & Co Countries: CA, US Ends: 2026-12-31 00:00 UTC 5\.00 USD 7\.25 USD Past the limit/,
      /Subaccounts [\d,]+ Connect apps 100/,
      /SMS Outbound 0\.0079 USD per message 2020-01-01/,
      /Inbound Calls 0\.0085 USD per minute 2020-01-01/,
    ];
    const shown = async () => [
      await textOf(app, customer.sid, own),
      await textOf(app, customer.sid, `${platform}/balance`, { is_operator: true }),
    ];
    for (const text of await shown()) for (const fact of facts) assert.match(text, fact);
    assert.match(
      await textOf(app, '', platform, { is_operator: true }),
      /Balance 967\.25 USD Floor None/,
    );

    await setFloor(app.app, customer.sid, '1000');
    await setRateOf(app.app, { category: 'sms', per: 'count', price: '0.01' });
    await setRateOf(app.app, { category: 'sms', per: 'count', price: '0.02', from: '2030-01-01' });
    for (const text of await shown()) {
      assert.match(text, /The balance is below its floor: apps write nothing here/);
      assert.match(text, /Floor 1,000\.00 USD; below it/);
      assert.match(
        text,
        /SMS 0\.01 USD per message 2026-03-18 SMS 0\.02 USD per message 2030-01-01/,
      );
      assert.doesNotMatch(text, /0\.0079/, 'an example that the operator replaced');
    }
  });

  test('of a grant are shown to its customer, and to the app’s owner without the balance', async () => {
    await using app = await testApp({ engine });
    const { owner, customer, connectApp } = await aSpender(app);
    const apps = await textOf(app, customer.sid, `/console/${customer.sid}/authorized-apps`);
    assert.match(apps, /Limit in a month 5\.00 USD Spent in this one 7\.25 USD Past the limit/);
    assert.match(apps, /Countries it may reach CA, US Ends 2026-12-31 00:00 UTC/);
    const own = `/console/${owner.sid}/connect-apps/${connectApp.sid}`;
    for (const path of [own, `${own}/customers`]) {
      const text = await textOf(app, owner.sid, path);
      assert.match(
        text,
        /Spent this month: 7\.25 USD Past the limit: writes nothing · limit: 5\.00 USD Countries: CA, US Ends: 2026-12-31 00:00 UTC/,
      );
      assert.doesNotMatch(text, /967/, path);
    }
    app.advance(14 * 86_400_000);
    assert.match(await textOf(app, owner.sid, own), /Spent this month: 0\.00 USD · limit: 5\.00/);
    assert.doesNotMatch(await textOf(app, owner.sid, own), PAST);
  });

  test('say in production that no rates are set', async () => {
    await using app = await testApp({
      engine,
      config: { mode: 'production', adminToken: 'an-admin-token-of-a-test' },
    });
    const account = await app.anAccount();
    const path = `/console/${account.sid}/balance`;
    assert.match(
      await textOf(app, account.sid, path),
      /Balance 0\.00 USD .* No rates are set: usage/,
    );
  });
});
