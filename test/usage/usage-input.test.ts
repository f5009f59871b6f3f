import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { digestOfData } from '../support/digest.ts';
import {
  loginOf,
  onEveryEngine,
  START_OF_TIME,
  type TestApp,
  testApp,
} from '../support/test-app.ts';

const RUNS = 500;
const MINUTE = 60_000;
const DAY = 86_400_000;
const at = (ms: number) => new Date(START_OF_TIME + ms).toISOString();

type Told = Record<string, unknown>;

/** Wrong fields, alone or together, with their errors. */
const WRONG: readonly (readonly [Told, RegExp])[] = [
  [{ count: -1 }, /^count must not be negative\.$/],
  [{ count: 1.5 }, /^count must be a whole number\.$/],
  [{ count: '1' }, /^count must be a whole number\.$/],
  [{ count: null }, /^count must be a whole number\.$/],
  [{ count: 1e300 }, /^count must be a whole number\.$/],
  [{ count: 10_000_001 }, /^count must be at most 10000000\.$/],
  [{ usage: '-1' }, /^usage must be from 0 to 10000000\.$/],
  [{ usage: -0.5 }, /^usage must be from 0 to 10000000\.$/],
  [{ usage: 'NaN' }, /^usage must be a decimal number of at most six places\.$/],
  [{ usage: 'Infinity' }, /^usage must be a decimal number/],
  [{ usage: 1e300 }, /^usage must be a decimal number/],
  [{ usage: 1e-7 }, /^usage must be a decimal number/],
  [{ usage: '1e3' }, /^usage must be a decimal number/],
  [{ usage: '0.0000001' }, /^usage must be a decimal number/],
  [{ usage: 0.1 + 0.2 }, /^usage must be a decimal number/],
  [{ usage: '١' }, /^usage must be a decimal number/],
  [{ usage: ' 1' }, /^usage must be a decimal number/],
  [{ usage: '' }, /^usage must be a decimal number/],
  [{ usage: '10000000.000001' }, /^usage must be from 0 to 10000000\.$/],
  [{ usage: null }, /^usage must be a decimal number\.$/],
  [{ usage: [1] }, /^usage must be a decimal number\.$/],
  [{ price: '-0.000001' }, /^price must not be negative, except in a correction with a reason\.$/],
  [{ price: 1e300 }, /^price must be a decimal number/],
  [{ price: '10000000.01' }, /^price must be from -10000000 to 10000000\.$/],
  [{ price: true }, /^price must be a decimal number\.$/],
  [{ category: 'pigeons' }, /^category is not a usage category; Usage Records list all of them\.$/],
  [{ category: 'SMS' }, /^category is not a usage category; /],
  [{ category: '' }, /^category is not a usage category; /],
  [{ category: '__proto__' }, /^category is not a usage category; /],
  [{ category: 'totalprice' }, /^category must not be totalprice/],
  [{ category: 7 }, /^category must be text\.$/],
  [{ category: undefined }, /^category must be text\.$/],
  [{ account_sid: 'AC1' }, /^account_sid must be a SID/],
  [{ account_sid: `AC${'f'.repeat(32)}` }, /^account_sid is not an account here$/],
  [{ account_sid: undefined }, /^account_sid must be a SID: AC and 32 hexadecimal digits\.$/],
  [{ key: undefined }, /^key must be text that no other event of the account has\.$/],
  [{ key: '' }, /^key must not be empty\.$/],
  [{ key: 'k'.repeat(129) }, /^key must be at most 128 characters\.$/],
  [{ key: 'a\0b' }, /^key must be Unicode text\.$/],
  [{ key: '\ud800' }, /^key must be Unicode text\.$/],
  [{ at: '2026-02-29T00:00:00Z' }, /^at must be a time such as 2026-03-18T23:31:36Z\.$/],
  [{ at: '2026-03-18' }, /^at must be a time/],
  [{ at: '2026-03-18T23:31:36' }, /^at must be a time/],
  [{ at: '2026-03-18T25:00:00Z' }, /^at must be a time/],
  [{ at: '2026-03-18T23:31:36+99:00' }, /^at must be a time/],
  [{ at: '0000-01-01T00:00:00Z' }, /^at must be a time/],
  [{ at: '10000-01-01T00:00:00Z' }, /^at must be a time/],
  [{ at: '9999-12-31T23:59:59Z' }, /^at must be from /],
  [{ at: START_OF_TIME }, /^at must be a time such as 2026-03-18T23:31:36Z\.$/],
  [{ at: at(-35 * DAY - MINUTE) }, /^at must be from .* usage is accepted for 35 days/],
  [{ at: at(5 * MINUTE + 1) }, /^at must be from .*2026-03-18T23:36:36/],
  [{ reason: 'An apology' }, /^price must be given with a correction\.$/],
  [{ reason: 'An apology', price: '-1', count: 1 }, /^reason is for corrections of the price/],
  [{ reason: '', price: '-1' }, /^reason must not be empty\.$/],
  [{ reason: 'r'.repeat(501), price: '-1' }, /^reason must be at most 500 characters\.$/],
  [{ reason: 'a\0b', price: '-1' }, /^reason must be Unicode text\.$/],
  [{ amount: 1 }, /^The body does not take "amount"\.$/],
];

/** An account older than 35 days, so that only the limit of 35 days counts. */
async function anOldAccount(app: TestApp) {
  const account = await app.anAccount();
  await app.app.database.write(async (tx) => {
    const date_created = START_OF_TIME - 100 * DAY;
    await tx.updateTable('accounts').set({ date_created }).where('sid', '=', account.sid).execute();
  });
  return account;
}

const TOO_LARGE = 'cannot make a sum too large to be exact';

onEveryEngine('wrongly recorded usage', (engine) => {
  test('is refused by the name of its field, alone and in a list, and nothing is counted', async () => {
    await using app = await testApp({ engine });
    const account = await anOldAccount(app);
    const good = { account_sid: account.sid, category: 'sms', key: 'a key' };
    const before = await digestOfData(app.app);
    for (const [wrong, said] of WRONG) {
      const event = { ...good, ...wrong };
      const alone = await app.control('POST', '/usage', event);
      assert.equal(alone.status, 400, `${JSON.stringify(wrong).slice(0, 80)}: ${alone.text}`);
      assert.match(alone.json.error, said);
      const others = ['b', 'c', 'd'].map((key) => ({ ...good, key }));
      const listed = await app.control('POST', '/usage', [...others, event]);
      assert.equal(listed.status, 400);
      const { error } = alone.json;
      const isWhole = error.startsWith('The body ');
      const inList = isWhole ? error.replace('The body', '[3]') : `[3].${error}`;
      assert.equal(listed.json.error, inList);
    }
    assert.equal(await digestOfData(app.app), before);
    assert.deepEqual((await app.control('POST', '/usage', good)).json, {
      accepted: 1,
      repeated: 0,
    });
  });

  test('of an account that closed meanwhile is counted, and a repeat has the same answer', async () => {
    await using app = await testApp({ engine });
    const parent = await app.anAccount();
    const closed = await app.aSubaccount(parent);
    const tell = (key: string) =>
      app.control('POST', '/usage', { account_sid: closed.sid, category: 'sms', key });
    await tell('before');
    const closing = { Status: 'closed' };
    await app.post(`/2010-04-01/Accounts/${closed.sid}.json`, loginOf(parent), closing);
    assert.deepEqual((await tell('before')).json, { accepted: 0, repeated: 1 });
    assert.deepEqual((await tell('told late')).json, { accepted: 1, repeated: 0 });
  });

  test('is refused outside of the account’s life, and counted at its very edges', async () => {
    await using app = await testApp({ engine });
    const old = await anOldAccount(app);
    const young = await app.anAccount();
    const before = await digestOfData(app.app);
    const tell = (account_sid: string, more: Told) =>
      app.control('POST', '/usage', { account_sid, category: 'sms', key: 'k', ...more });

    const early = await tell(young.sid, { at: '2026-03-17T23:59:59.999Z' });
    assert.equal(early.status, 400);
    assert.match(early.json.error, /^at must be from 2026-03-18T00:00:00Z to 2026-03-18T23:36:36Z/);
    assert.equal(await digestOfData(app.app), before);

    const edges = [
      [young.sid, { key: 'its first day', at: '2026-03-18T00:00:00Z' }],
      [old.sid, { key: '35 days ago', at: at(-35 * DAY) }],
      [old.sid, { key: 'in five minutes', at: at(5 * MINUTE) }],
      [old.sid, { key: 'k'.repeat(128), at: '2026-02-28T23:59:59.999Z' }],
      [old.sid, { key: 'elsewhere', at: '2026-03-01T01:00:00+02:00' }],
    ] as const;
    for (const [account_sid, more] of edges) {
      const { status, text } = await tell(account_sid, more);
      assert.equal(status, 200, text);
    }
  });

  test('is refused as a whole when an event is malformed or the list is too long', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const events = Array.from({ length: 1_001 }, (_, index) => ({
      account_sid: account.sid,
      category: 'sms',
      key: `${index}`,
    }));
    const before = await digestOfData(app.app);
    const bodies: [unknown, RegExp][] = [
      [[], /^The body must hold an event\.$/],
      [events, /^The body must hold at most 1000 events\.$/],
      [null, /^The body must be an event or a list of events\.$/],
      [7, /^The body must be an event or a list of events\.$/],
      ['usage', /^The body must be an event or a list of events\.$/],
      [[events[0], null], /^\[1\] must be given as object\.$/],
      [[events.slice(0, 1)], /^\[0\] must be given as object\.$/],
    ];
    for (const [body, said] of bodies) {
      const { status, json, text } = await app.control('POST', '/usage', body);
      assert.equal(status, 400, text);
      assert.match(json.error, said);
    }
    assert.equal(await digestOfData(app.app), before);
    const most = await app.control('POST', '/usage', events.slice(1));
    assert.deepEqual(most.json, { accepted: 1_000, repeated: 0 });
  });

  test('under one key counts once, or is a conflict that counts nothing at all', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const one = { account_sid: account.sid, category: 'sms', count: 2, key: 'one' };
    const twice = await app.control('POST', '/usage', [one, one, { ...one, usage: '2.0' }]);
    assert.deepEqual(twice.json, { accepted: 1, repeated: 2 });

    const before = await digestOfData(app.app);
    const two = { ...one, key: 'two' };
    for (const batch of [
      [two, { ...two, count: 3 }],
      [two, { ...one, category: 'mms' }],
      [two, { ...one, usage: '2.000001' }],
      [two, { ...one, price: '0' }],
      [two, { ...one, at: at(0) }],
      [two, { ...one, count: undefined, price: '0', reason: 'An apology' }],
    ]) {
      const { status, json } = await app.control('POST', '/usage', batch);
      assert.equal(status, 409);
      assert.match(json.error, /^The key "(one|two)" was used for something else/);
    }
    assert.equal(await digestOfData(app.app), before);
  });

  for (const parts of [1, 2])
    test(`${TOO_LARGE}, of ${parts} accounts`, async () => {
      await using app = await testApp({ engine });
      const account = await app.anAccount();
      const family = [account, await app.aSubaccount(account)];
      const batch = (name: string, price: string, reason?: string) =>
        Array.from({ length: 100 }, (_, index) => ({
          account_sid: family[index % parts]?.sid,
          category: 'sms',
          key: `${name} ${index}`,
          price,
          reason,
        }));
      for (let i = 0; i < 8; i += 1) {
        const { status } = await app.control('POST', '/usage', batch(`${i}`, '10000000'));
        assert.equal(status, 200);
      }
      const before = await digestOfData(app.app);
      const { status, json } = await app.control('POST', '/usage', batch('more', '0.000001'));
      assert.equal(status, 400);
      assert.match(json.error, /too large to be exact/);
      assert.equal(await digestOfData(app.app), before);
      const back = await app.control(
        'POST',
        '/usage',
        batch('back', '-9999999.999999', 'A mistake'),
      );
      assert.equal(back.status, 200);
      const path = `/2010-04-01/Accounts/${account.sid}`;
      const records = await app.get(
        `${path}/Usage/Records.json?Category=totalprice`,
        loginOf(account),
      );
      assert.equal(records.json.usage_records[0].price, '7000000000.0001');
      const balance = await app.get(`${path}/Balance.json`, loginOf(account));
      assert.equal(balance.json.balance, '-6999999000.0001');
    });

  test('is answered for any JSON, and never with a server error', async () => {
    await using app = await testApp({ engine });
    const account = await app.anAccount();
    const value = fc.oneof(
      fc.jsonValue({ maxDepth: 2 }),
      fc.constantFrom(...WRONG.flatMap(([wrong]) => Object.values(wrong))),
      fc.double().map(String),
      fc.string({ unit: 'binary' }),
    );
    const event = fc
      .tuple(
        fc.constantFrom(account.sid, `AC${'0'.repeat(32)}`),
        fc.constantFrom('sms', 'calls', 'totalprice'),
        fc.dictionary(
          fc.constantFrom(
            'count',
            'usage',
            'price',
            'at',
            'key',
            'reason',
            'category',
            '__proto__',
          ),
          value,
          { maxKeys: 4 },
        ),
        fc.uuid(),
      )
      .map(([account_sid, category, more, key]) => ({ account_sid, category, key, ...more }));
    const body = fc.oneof(event, fc.array(fc.oneof(event, value), { maxLength: 4 }), value);
    const before = await digestOfData(app.app);
    let refused = 0;
    let counted = 0;
    await fc.assert(
      fc.asyncProperty(body, async (sent) => {
        const { status, json, text } = await app.control('POST', '/usage', sent);
        assert.ok([200, 400, 409].includes(status), `${status} ${text}`);
        if (status === 200) counted += json.accepted;
        else refused += 1;
        if (status !== 200) assert.ok(json.error.length > 0);
        if (counted === 0) assert.equal(await digestOfData(app.app), before);
      }),
      { numRuns: RUNS },
    );
    assert.ok(refused > 0 && counted > 0, `${refused} refused, ${counted} counted`);
    const rows = await app.app.database.db.selectFrom('usage_events').select('key').execute();
    assert.equal(rows.length, counted);
  });
});
