import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { openApp } from '../../src/app.ts';
import { act } from '../../src/audit/act.ts';
import { OPERATOR } from '../../src/audit/audit-event.ts';
import { decimalOf, readDecimal } from '../../src/kit/money.ts';
import { creditBalance } from '../../src/usage/credit-balance.ts';
import { verify } from '../../src/verify/verify.ts';
import { listAuditEvents } from '../support/audit-log.ts';
import { digestOfData } from '../support/digest.ts';
import { ENGINES, loginOf, onEveryEngine, type TestAccount, testApp } from '../support/test-app.ts';
import { meter } from '../support/usage-triggers.ts';

type App = Awaited<ReturnType<typeof testApp>>;

const TOP_UP = { amount: '25.50', reason: 'Invoice 17', key: 'invoice-17' };

function credit(app: App, { sid }: { readonly sid: string }, body: object = {}) {
  return app.control('POST', `/accounts/${sid}/balance`, { ...TOP_UP, ...body });
}

async function balanceOf(app: App, account: TestAccount): Promise<string> {
  const path = `/2010-04-01/Accounts/${account.sid}/Balance.json`;
  return (await app.get(path, loginOf(account))).json.balance;
}

async function assertAgreed(app: App): Promise<void> {
  assert.deepEqual((await verify(app.app)).differences, []);
}

onEveryEngine('a credit', (engine) => {
  test('is added to or taken from a balance once for its key, and shown to its account', async () => {
    await using app = await testApp({ engine, config: { mode: 'production', adminToken: 'x' } });
    const account = await app.anAccount();
    const headers = { authorization: 'Bearer x' };
    const path = `/_tieline/accounts/${account.sid}/balance`;
    const post = (body: object) => app.request('POST', path, { body, headers });
    assert.equal(await balanceOf(app, account), '0.00');
    const first = await post(TOP_UP);
    assert.equal(first.status, 200, first.text);
    const counted = { ...TOP_UP, date_created: '2026-03-18T23:31:36Z' };
    const { sid: account_sid } = account;
    const known = { account_sid, balance: '25.50', balance_floor: null };
    assert.deepEqual(first.json, { ...known, credit: counted, repeated: false });
    app.advance(60_000);
    assert.deepEqual((await post(TOP_UP)).json, { ...known, credit: counted, repeated: true });
    assert.equal(await balanceOf(app, account), '25.50');

    await post({ amount: '-30', reason: 'A chargeback', key: 'back' });
    assert.equal(await balanceOf(app, account), '-4.50');
    const { json } = await app.request('GET', path, { headers });
    assert.equal(json.balance, '-4.50');
    const amounts = json.credits.map((one: { amount: string }) => one.amount);
    assert.deepEqual(amounts, ['-30.00', '25.50']);

    const events = await listAuditEvents(app.app.database.db, account.sid, 100);
    const audited = events.filter(({ action }) => action === 'account.balance_credited');
    assert.deepEqual(
      audited.map(({ actor_kind, detail }) => [actor_kind, JSON.parse(detail)]),
      [
        ['operator', { amount: '-30.00', reason: 'A chargeback', key: 'back', balance: '-4.50' }],
        ['operator', { ...TOP_UP, balance: '25.50' }],
      ],
    );
    const stranger = await app.request('POST', path, { body: TOP_UP });
    assert.equal(stranger.status, 401);
    await assertAgreed(app);
  });

  test('lets apps go on after the balance was below its floor', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const floor = { balance_floor: '0' };
    assert.equal((await app.control('POST', `/accounts/${account.sid}/limits`, floor)).status, 200);
    await meter(app, account, { price: '1000.01' });
    const read = await app.control('GET', `/accounts/${account.sid}/balance`);
    assert.deepEqual(read.json, {
      account_sid: account.sid,
      balance: '-0.01',
      balance_floor: '0.00',
      credits: [],
    });
    assert.equal((await credit(app, account, { amount: '0.01' })).json.balance, '0.00');
    await assertAgreed(app);
  });

  test('that is wrong changes nothing, and the answer names the rule', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const sub = await app.aSubaccount(account);
    assert.equal((await credit(app, account)).status, 200);
    const before = await digestOfData(app.app);
    const wrong: readonly (readonly [object, number, RegExp])[] = [
      [{ amount: '25.51' }, 409, /^The key "invoice-17" was used for another credit; give each /],
      [{ reason: 'Invoice 18' }, 409, /^The key "invoice-17" was used for another credit; /],
      ...['', 'ten', '1e3', '1,5', '0.0000001', '100000000.000001', '-100000001', 1e21].map(
        (amount) => [{ amount, key: 'n' }, 400, /^amount must be a decimal from -1/] as const,
      ),
      [{ amount: '0', key: 'n' }, 400, /^amount must not be 0/],
      [{ amount: null, key: 'n' }, 400, /^amount must be a decimal number/],
      [{ key: '' }, 400, /^key must have 1 to 128 characters/],
      [{ key: 'x'.repeat(129) }, 400, /^key must have 1 to 128 characters/],
      [{ key: 'a\0' }, 400, /^key must be Unicode text/],
      [{ key: undefined }, 400, /^key must be text/],
      [{ reason: '  ', key: 'n' }, 400, /^reason must have 1 to 500 characters/],
      [{ reason: 'x'.repeat(501), key: 'n' }, 400, /^reason must have 1 to 500 characters/],
      [{ currency: 'EUR' }, 400, /does not take "currency"/],
    ];
    for (const [body, status, sentence] of wrong) {
      const reply = await credit(app, account, body);
      assert.equal(reply.status, status, reply.text);
      assert.match(reply.json.error, sentence);
    }
    const ofSub = await credit(app, sub);
    assert.equal(ofSub.status, 400);
    assert.match(ofSub.json.error, new RegExp(`no balance; credit ${account.sid}`));
    assert.equal((await credit(app, { sid: `AC${'f'.repeat(32)}` })).status, 404);
    const nobody = `/accounts/AC${'f'.repeat(32)}/balance`;
    assert.equal((await app.control('GET', nobody)).status, 404);
    assert.equal(await digestOfData(app.app), before);
  });

  test('keeps the sum exact at any amount of usage', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    for (let key = 0; key < 9; key += 1) {
      const reply = await credit(app, account, { amount: '100000000', key: `k${key}` });
      assert.equal(reply.status, 200, reply.text);
    }
    const tooMuch = await credit(app, account, { amount: '0.000001', key: 'more' });
    assert.equal(tooMuch.status, 400);
    assert.match(tooMuch.json.error, /come to at most 900000000\.00 in all, either way/);
    assert.equal((await credit(app, account, { amount: '-0.000001', key: 'less' })).status, 200);
    assert.equal(await balanceOf(app, account), '900000999.999999');
    await assertAgreed(app);
  });

  test('counts once when it is sent fifty times among other credits and usage', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const same = Array.from({ length: 50 }, () => credit(app, account));
    const others = Array.from({ length: 20 }, (_, index) =>
      credit(app, account, { amount: '0.1', key: `other ${index}` }),
    );
    const uses = Array.from({ length: 20 }, () => meter(app, account, { price: '0.01' }));
    const replies = await Promise.all(same);
    await Promise.all([...others, ...uses]);
    assert.deepEqual([...new Set(replies.map(({ status }) => status))], [200]);
    assert.equal(replies.filter(({ json }) => !json.repeated).length, 1);
    assert.equal(await balanceOf(app, account), '1027.30');
    await assertAgreed(app);
  });

  test('any sequence of credits and usage adds up to both', async () => {
    await using app = await testApp({ engine });
    const amount = fc
      .integer({ min: -5_000_000, max: 5_000_000 })
      .filter((micro) => micro !== 0)
      .map(decimalOf);
    const step = fc.oneof(
      fc.record({ credit: amount, key: fc.constantFrom('a', 'b', 'c', 'd') }),
      fc.record({ price: fc.integer({ min: 0, max: 3_000_000 }).map(decimalOf) }),
    );
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const account = await app.anAccount();
        const keys = new Map<string, string>();
        let micro = 1_000_000_000;
        for (const one of steps) {
          if ('price' in one) {
            await meter(app, account, { price: one.price });
            micro -= readDecimal(one.price) ?? Number.NaN;
            continue;
          }
          const before = keys.get(one.key);
          const reply = await credit(app, account, { amount: one.credit, key: one.key });
          assert.equal(reply.status, (before ?? one.credit) === one.credit ? 200 : 409);
          if (before === undefined) micro += readDecimal(one.credit) ?? Number.NaN;
          keys.set(one.key, before ?? one.credit);
        }
        assert.equal(await balanceOf(app, account), decimalOf(micro));
      }),
      { numRuns: 15 },
    );
    await assertAgreed(app);
  });
});

if (ENGINES.includes('postgres')) {
  test('two processes count a credit once between them', async () => {
    await using app = await testApp({ engine: 'postgres' });
    const account = await app.anAccount();
    const { now, log } = app.app;
    const other = await openApp(app.app.config, { now, log });
    try {
      const credits = Array.from({ length: 60 }, (_, index) =>
        act(index % 2 === 0 ? app.app : other, OPERATOR, (doing) =>
          creditBalance(doing, account, { ...TOP_UP, key: `k${index % 3}` }),
        ),
      );
      const counted = (await Promise.all(credits)).filter(({ repeated }) => !repeated);
      assert.equal(counted.length, 3);
      assert.equal(await balanceOf(app, account), '1076.50');
      await assertAgreed(app);
    } finally {
      await other.close();
    }
  });
}
