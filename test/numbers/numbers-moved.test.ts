import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import { sql } from 'kysely';
import { openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { SYSTEM } from '../../src/audit/audit-event.ts';
import { buyNumber } from '../../src/numbers/buy-number.ts';
import { MAX_NUMBERS } from '../../src/numbers/incoming-phone-number.ts';
import { verify } from '../../src/verify/verify.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import {
  connectLogin,
  ENGINES,
  type Login,
  loginOf,
  onEveryEngine,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const listOf = ({ sid }: { sid: string }, below = '') =>
  `/2010-04-01/Accounts/${sid}/IncomingPhoneNumbers${below}.json`;

const NUMBER = '+14155551234';

async function buy(
  app: TestApp,
  account: { sid: string },
  login: Login,
  form: Record<string, string> = {},
): Promise<string> {
  const reply = await app.post(listOf(account), login, { PhoneNumber: NUMBER, ...form });
  assert.equal(reply.status, 201, reply.text);
  return reply.json.sid;
}

/** A customer with an app, in whose subaccount the app has a number, and another subaccount. */
async function aFamily(app: TestApp) {
  const [owner, customer] = [await app.anAccount(), await app.anAccount()];
  const grant = await app.aGrant(await app.aConnectApp(owner), customer);
  const guest = connectLogin(grant, owner);
  const own = { sid: grant.subaccount_sid };
  const sid = await buy(app, own, guest, {
    SmsUrl: 'https://app.example.com/sms',
    VoiceUrl: 'https://app.example.com/voice',
    StatusCallback: 'https://app.example.com/status',
  });
  const other = await app.aSubaccount(customer);
  return { owner, customer, grant, guest, own, sid, other };
}

onEveryEngine('a number', (engine) => {
  test('moves among the accounts of a customer with its settings, for callers with the right', async () => {
    await using app = await testApp({ engine });
    const { owner, customer, guest, own, sid, other } = await aFamily(app);
    const at = (account: { sid: string }) => listOf(account, `/${sid}`);
    const move = (login: Login, from: { sid: string }, to: string) =>
      app.post(at(from), login, { AccountSid: to });
    const before = (await app.get(at(own), guest)).json;
    const key = await app.aKey(customer, 'main');
    const nobody = `AC${'f'.repeat(32)}`;
    const closed = await app.aSubaccount(customer);
    const path = `/2010-04-01/Accounts/${closed.sid}.json`;
    await app.post(path, loginOf(customer), { Status: 'closed' });
    for (const [login, to] of [
      [guest, customer.sid],
      [guest, other.sid],
      [guest, owner.sid],
      [guest, nobody],
      [loginOf(customer), owner.sid],
      [loginOf(customer), nobody],
      [loginOf(customer), closed.sid],
    ] as const) {
      const { status, json } = await move(login, own, to);
      assert.deepEqual([status, json.code], [400, 20001]);
      assert.match(json.message, /^AccountSid must be an open account that you may move/);
    }
    assert.equal((await app.post(at(own), guest, { AccountSid: 'me' })).status, 400);
    assert.deepEqual((await app.get(at(own), guest)).json, before);
    assert.deepEqual((await move(guest, own, own.sid)).json.account_sid, own.sid);

    const moved = await move(loginOf(customer), own, other.sid);
    assert.equal(moved.status, 200, moved.text);
    const where = { account_sid: other.sid, uri: at(other) };
    assert.deepEqual(moved.json, { ...before, ...where });
    assert.equal((await app.get(at(own), guest)).status, 404);
    assert.deepEqual((await app.get(at(other), guest)).json, moved.json, 'with get-all it sees it');
    assert.equal((await move(guest, other, own.sid)).status, 403);
    // A subaccount, and a key of the main account, write in their own account alone.
    assert.equal((await move(loginOf(other), other, customer.sid)).status, 400);
    assert.equal((await move(loginOf(customer), other, customer.sid)).status, 200);
    assert.equal((await move(key, customer, other.sid)).status, 400);
    for (const account of [own, other, customer]) {
      const events = await listAuditEvents(app.app.database.db, account.sid, 10);
      assert.ok(events.some(({ action }) => action === 'incoming_phone_number.moved'));
    }
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test("keeps the customer's settings and loses the app's when the app is revoked", async () => {
    await using app = await testApp({ engine });
    const { customer, grant, guest, own, sid, other } = await aFamily(app);
    const login = loginOf(customer);
    const own2 = { PhoneNumber: '+14155551235' };
    const second = await buy(app, own, login, { ...own2, SmsUrl: 'https://mine.example.com/2' });
    const apps = { VoiceFallbackUrl: 'https://app.example.com/fallback' };
    await app.post(listOf(own, `/${second}`), guest, apps);
    const mine = { SmsUrl: 'https://mine.example.com/sms', StatusCallback: '' };
    await app.post(listOf(own, `/${sid}`), login, mine);
    await app.post(listOf(own, `/${second}`), login, { AccountSid: other.sid });
    const untouched = { PhoneNumber: '+14155551236', SmsUrl: 'https://mine.example.com/3' };
    await buy(app, own, login, untouched);

    app.advance(1_000);
    const body = { connect_app_sid: grant.connect_app_sid, account_sid: customer.sid };
    assert.equal((await app.control('POST', '/deauthorize', body)).status, 200);
    const first = (await app.get(listOf(own, `/${sid}`), login)).json;
    assert.deepEqual(
      [first.sms_url, first.voice_url, first.status_callback],
      [mine.SmsUrl, null, null],
    );
    assert.equal(first.account_sid, own.sid, 'the number stays');
    const elsewhere = (await app.get(listOf(other, `/${second}`), login)).json;
    assert.deepEqual(
      [elsewhere.sms_url, elsewhere.voice_fallback_url],
      ['https://mine.example.com/2', null],
      'in another account of the customer too',
    );
    const [revoked] = await app.app.database.db
      .selectFrom('audit_events')
      .select('detail')
      .where('action', '=', 'grant.revoked')
      .execute();
    assert.equal(JSON.parse(revoked?.detail ?? '{}').stopped.numbers, 2);
  });

  test('is free again when its account is closed, with an entry in the audit log', async () => {
    await using app = await testApp({ engine });
    const { customer, owner, own } = await aFamily(app);
    const path = `/2010-04-01/Accounts/${own.sid}.json`;
    const login = loginOf(customer);
    assert.equal((await app.post(path, login, { Status: 'suspended' })).status, 200);
    const early = await app.post(listOf(owner), loginOf(owner), { PhoneNumber: NUMBER });
    assert.equal(early.json.code, 21422, 'suspending keeps it');
    assert.equal((await app.post(path, login, { Status: 'closed' })).status, 200);
    await buy(app, owner, loginOf(owner));
    const [event] = await app.app.database.db
      .selectFrom('audit_events')
      .select('detail')
      .where('action', '=', 'account.closed')
      .execute();
    assert.equal(JSON.parse(event?.detail ?? '{}').stopped.numbers, 1);
  });

  test('is sold to one of several buyers at the same moment', async () => {
    await using app = await testApp({ engine });
    const accounts = await Promise.all([1, 2, 3, 4].map(() => app.anAccount()));
    const form = { PhoneNumber: NUMBER };
    const replies = await Promise.all(
      accounts.map((account) => app.post(listOf(account), loginOf(account), form)),
    );
    const answers = replies.map(({ status, json }) => String(status === 201 ? 201 : json.code));
    assert.deepEqual(answers.toSorted(), ['201', '21422', '21422', '21422']);
    const any = await Promise.all(
      accounts.map((account) => app.post(listOf(account), loginOf(account), { AreaCode: '415' })),
    );
    assert.equal(new Set(any.map(({ json }) => json.phone_number)).size, accounts.length);
    assert.deepEqual((await verify(app.app)).differences, []);
  });

  test('is refused to an account at its limit', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const login = loginOf(account);
    const sid = await buy(app, account, login);
    const { db } = app.app.database;
    const table = 'incoming_phone_numbers';
    const row = await db.selectFrom(table).selectAll().executeTakeFirstOrThrow();
    const rows = Array.from({ length: MAX_NUMBERS - 1 }, (_, index) => ({
      ...row,
      sid: app.app.newSid('PN'),
      phone_number: `+1415${2_000_000 + index}`,
    }));
    for (let at = 0; at < rows.length; at += 100) {
      const some = rows.slice(at, at + 100);
      await app.app.database.write((tx) => tx.insertInto(table).values(some).execute());
    }
    for (const form of [{ PhoneNumber: '+14155551235' }, { AreaCode: '415' }]) {
      const { status, json } = await app.post(listOf(account), login, form);
      assert.deepEqual([status, json.code], [400, 20001]);
      assert.match(json.message, /1000 phone numbers; release one first/);
    }
    const subaccount = await app.aSubaccount(account);
    const elsewhere = await buy(app, subaccount, login, { PhoneNumber: '+14155551235' });
    const here = { AccountSid: account.sid };
    const moved = await app.post(listOf(subaccount, `/${elsewhere}`), login, here);
    assert.match(moved.json.message, /^AccountSid has 1000 phone numbers already/);
    await app.request('DELETE', listOf(account, `/${sid}`), { login });
    await buy(app, account, login);
  });
});

/** Only PostgreSQL has more than one process. */
for (const engine of ENGINES.filter((one) => one === 'postgres')) {
  test('a number is sold once when two processes sell it at the same moment', async () => {
    await using one = await testApp({ engine });
    const { config, now, log } = one.app;
    const two = await openApp(config, { now, log });
    const [first, second] = [await one.anAccount(), await one.anAccount()];
    const wanted = { phone_number: NUMBER, settings: {} };
    let late: Promise<unknown> = Promise.resolve();
    await act(one.app, SYSTEM, async (doing) => {
      await buyNumber(doing, first, wanted);
      late = act(two, SYSTEM, (other) => buyNumber(other, second, wanted));
      late.catch(() => {});
      for (let waiting = 0; waiting === 0; await setTimeout(5)) {
        const { rows } = await sql`
          select 1 from pg_stat_activity
          where datname = current_database() and wait_event_type = 'Lock'`.execute(
          one.app.database.db,
        );
        waiting = rows.length;
      }
    });
    await assert.rejects(late, { status: 400, code: 21422 });
    await two.close();
    assert.deepEqual((await verify(one.app)).differences, []);
  });
}
