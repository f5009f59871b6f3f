import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fetchTask } from '../../src/jobs/task-store.ts';
import { monthsAfter } from '../../src/numbers/rent-number.ts';
import { verify } from '../../src/verify/verify.ts';
import {
  connectLogin,
  type Login,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const HOUR = 3_600_000;
const EVENING_OF_31_JANUARY = Date.UTC(2026, 0, 31, 18, 30);

const listOf = ({ sid }: { sid: string }, below = '') =>
  `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers${below}.json`;

async function buy(app: TestApp, account: { sid: string }, login: Login, PhoneNumber: string) {
  const { status, text, json } = await app.post(listOf(account), login, { PhoneNumber });
  assert.equal(status, 201, text);
  return json.sid as string;
}

/** The charges, oldest first: the month of the key, the category and the account. */
async function rentsOf({ app }: TestApp, sid: string) {
  const events = await app.database.db
    .selectFrom('usage_events')
    .select(['key', 'category', 'account_sid', 'created_by_grant', 'count', 'price_micro'])
    .where('key', 'like', `${sid}:%`)
    .orderBy('key')
    .execute();
  return events.map(({ key, ...rest }) => ({ ...rest, month: key.slice(sid.length + 1) }));
}

async function monthsOf(app: TestApp, sid: string): Promise<string[]> {
  return (await rentsOf(app, sid)).map(({ month }) => month);
}

/** Moves the clock to a moment. */
function goTo(app: TestApp, moment: number): void {
  app.advance(moment - app.app.now());
}

async function assertConsistent({ app }: TestApp): Promise<void> {
  assert.deepEqual((await verify(app)).differences, []);
}

onEveryEngine('the rent of a phone number', (engine) => {
  test('falls due on the same day of each month, or on the last day of a shorter month', async () => {
    await using app = await testApp({ engine, now: EVENING_OF_31_JANUARY });
    const account = await app.anAccount();
    const sid = await buy(app, account, loginOf(account), '+14155551234');
    const due = [
      [2026, 2, 28],
      [2026, 3, 31],
      [2026, 4, 30],
      [2026, 5, 31],
      [2026, 6, 30],
      [2026, 7, 31],
      [2026, 8, 31],
      [2026, 9, 30],
      [2026, 10, 31],
      [2026, 11, 30],
      [2026, 12, 31],
      [2027, 1, 31],
      [2027, 2, 28],
      [2027, 3, 31],
    ] as const;
    const months = ['202601'];
    for (const [year, month, day] of due) {
      const moment = Date.UTC(year, month - 1, day, 18, 30);
      goTo(app, moment - 1);
      await app.deliver();
      assert.deepEqual(await monthsOf(app, sid), months, 'not a moment before');
      goTo(app, moment);
      await app.deliver();
      months.push(`${year}${String(month).padStart(2, '0')}`);
      assert.deepEqual(await monthsOf(app, sid), months);
    }
    const balance = `/2010-04-01/Accounts/${account.sid}/Balance.json`;
    const { json } = await app.get(balance, loginOf(account));
    assert.equal(json.balance, (1_000 - 15 * 1.15).toFixed(2));
    await assertConsistent(app);
  });

  test('is charged once for every month that a jump of the clock skips', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const sid = await buy(app, account, loginOf(account), '+18002345678');
    goTo(app, Date.UTC(2027, 4, 18, 23, 31, 36));
    await app.deliver();
    await app.deliver();
    const rents = await rentsOf(app, sid);
    assert.equal(rents.length, 15);
    assert.deepEqual([rents[0]?.month, rents.at(-1)?.month], ['202603', '202705']);
    for (const { category, count, price_micro } of rents) {
      const expected = ['phonenumbers-tollfree', 1, 2_150_000];
      assert.deepEqual([category, count, price_micro], expected);
    }
    const next = await fetchTask(app.app.database.db, sid);
    assert.equal(next?.date_next, Date.UTC(2027, 5, 18, 23, 31, 36));
    await assertConsistent(app);
  });

  test('ends when the number is released, and when its account is closed', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    const login = loginOf(account);
    const kept = await buy(app, account, login, '+447400123456');
    const released = await buy(app, account, login, '+14155551234');
    const closed = await buy(app, subaccount, login, '+14155551235');
    app.advance(HOUR);
    const gone = await app.request('DELETE', listOf(account, `/${released}`), { login });
    assert.equal(gone.status, 204);
    const path = `/2010-04-01/Accounts/${subaccount.sid}.json`;
    assert.equal((await app.post(path, login, { Status: 'closed' })).status, 200);
    for (const sid of [released, closed]) {
      assert.equal(await fetchTask(app.app.database.db, sid), undefined);
    }
    goTo(app, Date.UTC(2026, 5, 1));
    await app.deliver();
    assert.deepEqual(await monthsOf(app, kept), ['202603', '202604', '202605']);
    assert.deepEqual(await monthsOf(app, released), ['202603']);
    assert.deepEqual(await monthsOf(app, closed), ['202603']);
    await assertConsistent(app);
  });

  test('goes on for the customer after a revoke and past the limit of the grant', async () => {
    await using app = await testApp({ engine });
    const [owner, customer] = [await app.anAccount(), await app.anAccount()];
    const grant = await app.aGrant(await app.aConnectApp(owner), customer);
    const subaccount = { sid: grant.subaccount_sid };
    const sid = await buy(app, subaccount, connectLogin(grant, owner), '+14155551234');
    await app.app.database.write((tx) =>
      tx.updateTable('grants').set({ monthly_limit_micro: 1 }).execute(),
    );
    goTo(app, Date.UTC(2026, 3, 20));
    await app.deliver();
    const body = { connect_app_sid: grant.connect_app_sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    goTo(app, Date.UTC(2026, 4, 20));
    await app.deliver();
    const rents = await rentsOf(app, sid);
    assert.deepEqual(
      rents.map(({ month }) => month),
      ['202603', '202604', '202605'],
    );
    for (const { account_sid, created_by_grant } of rents) {
      assert.deepEqual([account_sid, created_by_grant], [subaccount.sid, grant.sid]);
    }
    await assertConsistent(app);
  });

  test('is charged to the holder of the number on its day', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const subaccount = await app.aSubaccount(account);
    const login = loginOf(account);
    const sid = await buy(app, account, login, '+14155551234');
    const form = { AccountSid: subaccount.sid };
    assert.equal((await app.post(listOf(account, `/${sid}`), login, form)).status, 200);
    assert.equal((await fetchTask(app.app.database.db, sid))?.account_sid, subaccount.sid);
    goTo(app, Date.UTC(2026, 3, 20));
    await app.deliver();
    const rents = await rentsOf(app, sid);
    assert.deepEqual(
      rents.map(({ account_sid }) => account_sid),
      [account.sid, subaccount.sid],
    );
    await assertConsistent(app);
  });
});

test('months are counted from the purchase, across leap years and year ends', () => {
  const at = (first: string, months: number) =>
    new Date(monthsAfter(Date.parse(first), months)).toISOString().slice(0, 16);
  assert.equal(at('2026-01-31T18:30Z', 0), '2026-01-31T18:30');
  assert.equal(at('2024-01-30T00:00Z', 1), '2024-02-29T00:00');
  assert.equal(at('2024-02-29T23:59Z', 12), '2025-02-28T23:59');
  assert.equal(at('2024-02-29T23:59Z', 48), '2028-02-29T23:59');
  assert.equal(at('2026-12-31T12:00Z', 2), '2027-02-28T12:00');
  assert.equal(at('2026-11-15T12:00Z', 2), '2027-01-15T12:00');
});
