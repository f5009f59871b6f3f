import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type AccountLimits, limitsOf } from '../../src/accounts/account-limits.ts';
import { fetchAccount } from '../../src/accounts/account-store.ts';
import { changeAccountLimits } from '../../src/accounts/change-account-limits.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { digestOfData } from '../support/digest.ts';
import {
  loginOf,
  onEveryEngine,
  type TestAccount,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const ACCOUNTS = '/2010-04-01/Accounts.json';

/** Sets limits as the operator, on the present row of the account. */
async function limit(app: TestApp, { sid }: TestAccount, limits: Partial<AccountLimits>) {
  return act(app.app, OPERATOR, async (doing) => {
    const account = await fetchAccount(doing.tx, sid);
    assert.ok(account);
    return changeAccountLimits(doing, account, limits);
  });
}

onEveryEngine('the limits of an account', (engine) => {
  test('are the defaults until the operator sets others, and again after null', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const standard = {
      max_subaccounts: 1_000,
      max_connect_apps: 100,
      max_requests_per_second: null,
    };
    assert.deepEqual(limitsOf(account), standard);
    assert.equal(limitsOf(await app.anAccount({ type: 'Trial' })).max_subaccounts, 1);
    const changed = await limit(app, account, { max_subaccounts: 2, max_requests_per_second: 7 });
    const own = { ...standard, max_subaccounts: 2, max_requests_per_second: 7 };
    assert.deepEqual(limitsOf(changed), own);
    const further = await limit(app, account, { max_connect_apps: 0 });
    assert.deepEqual(limitsOf(further), { ...own, max_connect_apps: 0 });
    await limit(app, account, {
      max_subaccounts: null,
      max_connect_apps: null,
      max_requests_per_second: null,
    });
    const now = await fetchAccount(app.app.database.db, account.sid);
    assert.ok(now);
    assert.deepEqual(limitsOf(now), standard);
  });

  test('hold for new subaccounts by API and by consent, and leave existing ones', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    await limit(app, account, { max_subaccounts: 2 });
    const made = await Promise.all([1, 2, 3].map(() => app.post(ACCOUNTS, login, {})));
    assert.deepEqual(made.map(({ status }) => String(status)).toSorted(), ['201', '201', '400']);
    const refused = made.find(({ status }) => status === 400);
    assert.equal(
      refused?.json.message,
      'This account may have 2 open subaccounts; close one first',
    );

    const connectApp = await app.aConnectApp(await app.anAccount());
    const consent = { connect_app_sid: connectApp.sid, account_sid: account.sid };
    assert.equal((await app.control('POST', '/authorize', consent)).status, 400);
    await limit(app, account, { max_subaccounts: 3 });
    assert.equal((await app.control('POST', '/authorize', consent)).status, 200);
    await limit(app, account, { max_subaccounts: 0 });
    assert.equal((await app.get(ACCOUNTS, login)).json.accounts.length, 4);
    assert.equal((await app.post(ACCOUNTS, login, {})).status, 400);
  });

  test('hold for Connect apps', async () => {
    await using app = await testApp({ engine });
    const owner = await app.anAccount();
    const limited = await limit(app, owner, { max_connect_apps: 1 });
    await app.aConnectApp(limited);
    const rule = { message: 'This account may have 1 Connect app; delete one first.' };
    await assert.rejects(app.aConnectApp(limited), rule);
    await app.aConnectApp(await limit(app, owner, { max_connect_apps: 2 }));
  });

  test('are whole numbers in a range, and of a subaccount only its rate', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    const before = await digestOfData(app.app);
    const wrong: [TestAccount, Partial<AccountLimits>, RegExp][] = [
      [account, { max_subaccounts: -1 }, /^max_subaccounts must be a whole number from 0 to/],
      [account, { max_connect_apps: 1.5 }, /^max_connect_apps must be/],
      [account, { max_requests_per_second: 0 }, /^max_requests_per_second .* from 1 to 1000000/],
      [account, { max_requests_per_second: Number.NaN }, /^max_requests_per_second must be/],
      [account, { max_requests_per_second: 5, max_subaccounts: 1e9 }, /^max_subaccounts must/],
      [subaccount, { max_subaccounts: 5 }, /^A subaccount has neither/],
      [subaccount, { max_connect_apps: 5 }, /^A subaccount has neither/],
    ];
    for (const [of, limits, message] of wrong) {
      await assert.rejects(limit(app, of, limits), { status: 400, message });
    }
    await limit(app, account, {});
    assert.equal(await digestOfData(app.app), before, 'nothing was changed');
    assert.equal(
      (await limit(app, subaccount, { max_requests_per_second: 5 })).max_requests_per_second,
      5,
    );
  });

  test('have an entry in the audit log for each change', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    await limit(app, account, { max_subaccounts: 2, max_connect_apps: null });
    const [event] = await listAuditEvents(app.app.database.db, account.sid, 1);
    assert.deepEqual(
      [event?.action, event?.actor_kind, event?.target_sid, event?.detail],
      [
        'account.limits_changed',
        'operator',
        account.sid,
        JSON.stringify({ max_subaccounts: 2, max_connect_apps: null }),
      ],
    );
  });
});
